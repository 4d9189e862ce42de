import { parse } from 'smol-toml'
import { type CoordError, coordError, problemOf } from '../base/errors.js'
import { withProcessLockSync } from '../files/process-lock.js'
import { setTomlValues } from '../files/toml-edit.js'
import { type HubUrl, hostsOf } from '../record/hub-url.js'
import { isJsonObject, type JsonObject } from '../record/record.js'
import { sectionName } from './identity-entries.js'
import { fileIn, type IdentityPaths } from './identity-paths.js'
import { assertOnlyOwnerWrites } from './private-files.js'

/** What pins are kept by. Two hubs may stand under one host, each behind a path of its own; a certificate has no path. */
export type PinPlace = Pick<HubUrl, 'host' | 'pathPrefix'>

/** Sets values of the section of a place, or of the section of that very name; `null` takes one away. */
export type WritePins = (place: PinPlace | string, values: Readonly<Record<string, string | null>>) => void

/** Beside the file of identities: a hub may be known before anybody has a name there. */
const PINS_FILE = 'pins.toml'
const MAX_BYTES = 1024 * 1024
/** A change takes some milliseconds, and commands wait for it. */
const PATIENCE_MILLISECONDS = 5000

/** All that is pinned, by the names of sections: a host, and the path of a hub behind it. Throws as {@link pinsAt}. */
export function allPins(paths: IdentityPaths): Readonly<Record<string, unknown>> {
  return parseText(paths, readText(paths))
}

/** What is pinned for a place, or for another name of the loopback; `null`: nothing. Throws `PINS_INVALID`, `IDENTITY_INVALID`, `LINK_REFUSED`. */
export function pinsAt(paths: IdentityPaths, place: PinPlace): JsonObject | null {
  const sections = allPins(paths)
  const section = sections[nameOf(sections, place) ?? '']
  return isJsonObject(section) ? section : null
}

/** Changes the file in one turn among processes, and only where something changes. Throws as {@link pinsAt}, and `FILE_FAILED`, `FILE_LOCKED`. */
export function changePins<Result>(paths: IdentityPaths, work: (write: WritePins) => Result): Result {
  paths.muse.make()
  const options = { patienceMilliseconds: PATIENCE_MILLISECONDS }
  const change = () => {
    const before = readText(paths)
    let text = before
    const result = work((place, values) => {
      const present = parseText(paths, text)
      const section = typeof place === 'string' ? place : (nameOf(present, place) ?? place.host + place.pathPrefix)
      const edited = setTomlValues(text, section, values)
      if (edited === null) throw invalidPins(paths, 'it is laid out in a way that cannot be edited')
      text = edited
    })
    if (text !== before) {
      const { folder, name } = fileIn(paths, PINS_FILE)
      folder.write(name, text, { fsync: true })
    }
    return result
  }
  return withProcessLockSync(paths.muse, `${PINS_FILE}.lock`, change, options)
}

export function invalidPins({ muse }: IdentityPaths, problem: string): CoordError {
  return coordError('PINS_INVALID', muse.pathOf(PINS_FILE), problem)
}

function nameOf(sections: Readonly<Record<string, unknown>>, { host, pathPrefix }: PinPlace): string | null {
  if (pathPrefix === '') return sectionName(sections, host)
  const places = hostsOf(host).map((one) => one + pathPrefix)
  return places.find((place) => Object.hasOwn(sections, place)) ?? null
}

function readText(paths: IdentityPaths): string {
  const { muse } = paths
  const { folder, name } = fileIn(paths, PINS_FILE)
  const reading = folder.read(name, MAX_BYTES)
  if ('fault' in reading) {
    if (reading.isMissing) return ''
    throw coordError('PINS_INVALID', muse.pathOf(PINS_FILE), `the file ${reading.fault}`)
  }
  assertOnlyOwnerWrites(muse.pathOf(PINS_FILE), 'the file')
  return reading.text
}

function parseText(paths: IdentityPaths, text: string): Record<string, unknown> {
  if (text === '') return {}
  try {
    return parse(text)
  } catch (error) {
    throw invalidPins(paths, problemOf(error).split('\n', 1)[0] ?? '')
  }
}
