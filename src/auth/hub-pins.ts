import type { Environment } from '../base/environment.js'
import { type IdentityPaths, identityPaths } from './identity-paths.js'
import { changePins, invalidPins, type PinPlace, pinsAt } from './pins-file.js'
import { decodePublicKey } from './public-key.js'

/** What a hub is known by beside its address: the key by which it proves to be the one that was met before. */
export interface HubPin {
  /** 32 raw bytes, base64. */
  readonly key: string
  /** Whether somebody else has answered in its place: it has to prove itself before it is sent anything again. */
  readonly isDoubted: boolean
}

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
  if (key === undefined) return null
  if (typeof key !== 'string' || decodePublicKey(key) === null) {
    throw invalidPins(paths, `["${hub.host}${hub.pathPrefix}"] hub_key must be the base64 of 32 bytes of a public key`)
  }
  return { key, isDoubted: doubted !== undefined }
}
