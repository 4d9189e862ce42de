import type { Environment } from '../base/environment.js'
import { CoordError } from '../base/errors.js'
import { isJsonObject } from '../record/record.js'
import { type IdentityPaths, identityPaths } from './identity-paths.js'
import { allPins, changePins, invalidPins, type PinPlace, pinsAt } from './pins-file.js'
import { decodePublicKey } from './public-key.js'

/** What a hub is known by beside its address: the key by which it proves to be the one that was met before. */
export interface HubPin {
  /** 32 raw bytes, base64. */
  readonly key: string
  /** Whether somebody else has answered in its place: it has to prove itself before it is sent anything again. */
  readonly isDoubted: boolean
}

/** What stands for the key of a hub that was asked for it and has shown none. */
const KEYLESS = 'none'

/**
 * The key of a hub; `null`: it has shown none yet. One that is there and cannot be read is an error.
 *
 * @throws `PINS_INVALID`, `IDENTITY_INVALID`, `LINK_REFUSED`
 */
export function hubPinOf(env: Environment, hub: PinPlace): HubPin | null {
  const paths = identityPaths(env)
  return paths && readPin(paths, hub)
}

/**
 * Remembers the key that a hub has proven to have, where none is known.
 *
 * @returns what is known from now on: another key where a process has been faster; `null`: there is no home directory
 * @throws as {@link hubPinOf}, and `FILE_FAILED`, `FILE_LOCKED`
 */
export function rememberHub(env: Environment, hub: PinPlace, key: string): HubPin | null {
  return change(env, hub, (present) => present ?? { key, isDoubted: false })
}

/** Knows a hub by this key from now on, whatever it was known by; `null`: by none. Throws as {@link rememberHub}. */
export function replaceHubPin(env: Environment, hub: PinPlace, key: string | null): void {
  change(env, hub, () => (key === null ? null : { key, isDoubted: false }))
}

/** Notes whether somebody else answers in a hub's place. Throws as {@link rememberHub}. */
export function doubtHub(env: Environment, hub: PinPlace, isDoubted: boolean): void {
  change(env, hub, (present) => present && { ...present, isDoubted })
}

/** Whether a hub was asked for its key and has shown none, see {@link noteKeyless}. Throws as {@link hubPinOf}. */
export function isKeyless(env: Environment, hub: PinPlace): boolean {
  const paths = identityPaths(env)
  return paths !== null && pinsAt(paths, hub)?.hub_key === KEYLESS
}

/** Notes that a hub has shown no key, where none is known, so that it is not asked again. Throws as {@link rememberHub}. */
export function noteKeyless(env: Environment, hub: PinPlace): void {
  const paths = identityPaths(env)
  if (paths === null) return
  changePins(paths, (write) => {
    if (pinsAt(paths, hub)?.hub_key === undefined) write(hub, { hub_key: KEYLESS })
  })
}

/** The hosts at which hubs are known by a key, by host: one with several hubs behind paths is there once for each. Throws as {@link hubPinOf}. */
export function hostsKnownByKey(env: Environment): readonly { readonly host: string; readonly key: string }[] {
  const paths = identityPaths(env)
  if (paths === null) return []
  return Object.entries(allPins(paths)).flatMap(([name, section]) => {
    const key = isJsonObject(section) ? section.hub_key : undefined
    const host = name.split('/', 1)[0]?.toLowerCase()
    return typeof key === 'string' && key !== KEYLESS && host !== undefined ? [{ host, key }] : []
  })
}

/**
 * What is remembered so that the next command need not ask. A home directory that cannot be written keeps nobody from work.
 *
 * @returns `null`: it could not be written
 */
export function ifWritable<Result>(write: () => Result): Result | null {
  try {
    return write()
  } catch (error) {
    if (error instanceof CoordError && (error.code === 'FILE_FAILED' || error.code === 'FILE_LOCKED')) return null
    throw error
  }
}

function change(env: Environment, hub: PinPlace, next: (present: HubPin | null) => HubPin | null): HubPin | null {
  const paths = identityPaths(env)
  if (paths === null) return null
  return changePins(paths, (write) => {
    const pin = next(readPin(paths, hub))
    write(hub, { hub_key: pin?.key ?? null, hub_doubted: pin?.isDoubted ? 'yes' : null })
    return pin
  })
}

function readPin(paths: IdentityPaths, hub: PinPlace): HubPin | null {
  const { hub_key: key, hub_doubted: doubted } = pinsAt(paths, hub) ?? {}
  if (key === undefined || key === KEYLESS) return null
  if (typeof key !== 'string' || decodePublicKey(key) === null) {
    throw invalidPins(paths, `["${hub.host}${hub.pathPrefix}"] hub_key must be the base64 of 32 bytes of a public key`)
  }
  return { key, isDoubted: doubted !== undefined }
}
