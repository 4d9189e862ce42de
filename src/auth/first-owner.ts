import { type HubUrl, parseHubUrl } from '../record/hub-url.js'
import { isJsonObject } from '../record/record.js'
import { type IdentityPaths, identityPaths } from './identity-paths.js'
import { allPins, changePins, invalidPins } from './pins-file.js'
import { assertPrivate } from './private-files.js'

type Environment = Readonly<Record<string, string | undefined>>

/** How the first owner of a hub that was served on this machine, by this user, is let in. */
export interface FirstOwner {
  readonly hub: HubUrl
  /** Of an invitation. */
  readonly code: string
  /** Until when it serves: ISO 8601. */
  readonly until: string
}

/**
 * Keeps by what the first owner of a hub is let in: who may serve a hub may own what lies there.
 *
 * @returns whether there is a home directory to keep it in
 * @throws `PINS_INVALID`, `IDENTITY_INVALID`, `LINK_REFUSED`, `FILE_FAILED`, `FILE_LOCKED`
 */
export function keepFirstOwner(env: Environment, { hub, code, until }: FirstOwner): boolean {
  return change(env, hub, { first_owner: `${hub.base}#${code}`, first_owner_until: until })
}

/** Forgets it, once somebody has been let in. Throws as {@link keepFirstOwner}. */
export function forgetFirstOwner(env: Environment, hub: HubUrl): boolean {
  return change(env, hub, { first_owner: null, first_owner_until: null })
}

/** Of the hub that was begun last; `null`: no hub of this machine waits for its first owner. Throws as {@link keepFirstOwner}. */
export function firstOwner(env: Environment, now: number): FirstOwner | null {
  const paths = identityPaths(env)
  if (paths === null) return null
  const kept = Object.values(allPins(paths))
    .flatMap((section) => read(paths, section) ?? [])
    .filter(({ until }) => Date.parse(until) > now)
    .sort((one, other) => Date.parse(one.until) - Date.parse(other.until))
  // It holds a secret then.
  if (kept.length > 0) assertPrivate(paths.muse.path, 'the directory')
  return kept.at(-1) ?? null
}

function read(paths: IdentityPaths, section: unknown): FirstOwner | null {
  if (!isJsonObject(section) || section.first_owner === undefined) return null
  const { first_owner: line, first_owner_until: until } = section
  const [, base, code] = /^([^#]+)#([\w-]+)$/.exec(String(line)) ?? []
  if (base === undefined || code === undefined || Number.isNaN(Date.parse(String(until))))
    throw invalidPins(paths, 'first_owner must be URL#CODE, and first_owner_until a time')
  return { hub: parseHubUrl(base), code, until: String(until) }
}

function change(env: Environment, hub: HubUrl, values: Readonly<Record<string, string | null>>): boolean {
  const paths = identityPaths(env)
  if (paths === null) return false
  changePins(paths, (write) => write(hub, values))
  return true
}
