import { parse } from 'smol-toml'
import { coordError, problemOf } from '../base/errors.js'
import { withProcessLockSync } from '../files/process-lock.js'
import { setTomlValues } from '../files/toml-edit.js'
import { type CertificatePin, isCertificatePin } from '../record/certificate-pin.js'
import type { HubUrl } from '../record/hub-url.js'
import { isJsonObject } from '../record/record.js'
import { sectionName } from './identity-entries.js'
import { fileIn, type IdentityPaths, identityPaths } from './identity-paths.js'
import { assertOnlyOwnerWrites } from './private-files.js'

/** Beside the file of identities: a hub's certificate may be known before anybody has a name there. */
const PINS_FILE = 'pins.toml'
const MAX_BYTES = 1024 * 1024

type Environment = Readonly<Record<string, string | undefined>>
type Host = Pick<HubUrl, 'host'>

/**
 * What the certificate of a hub is known by; `null`: nothing is pinned for it. A pin that is there and cannot be read is an
 * error, because what replaces the judgement of authorities must not vanish by a slip of the pen.
 *
 * @throws `PINS_INVALID`, `IDENTITY_INVALID`, `LINK_REFUSED`
 */
export function pinOf(env: Environment, { host }: Host): CertificatePin | null {
  const paths = identityPaths(env)
  if (paths === null) return null
  const sections = sectionsOf(paths, readPins(paths))
  const name = sectionName(sections, host)
  if (name === null) return null
  const section = sections[name]
  const pin = isJsonObject(section) ? section.certificate : undefined
  if (pin === undefined && isJsonObject(section)) return null
  if (!isCertificatePin(pin)) throw invalid(paths, `["${host}"] certificate must be 43 characters of base64url`)
  return pin
}

/**
 * Pins certificates, in the place of what was pinned for these hosts; `null` takes a pin away.
 *
 * @returns whether there is a home directory to keep them in
 * @throws as {@link pinOf}, and `FILE_FAILED`, `FILE_LOCKED`
 */
export function writePins(env: Environment, hosts: readonly string[], pin: CertificatePin | null): boolean {
  const paths = identityPaths(env)
  if (paths === null) return false
  paths.muse.make()
  withProcessLockSync(paths.muse, `${PINS_FILE}.lock`, () => {
    const before = readPins(paths)
    sectionsOf(paths, before)
    const after = hosts.reduce((text, host) => {
      const edited = setTomlValues(text, host, { certificate: pin })
      if (edited === null) throw invalid(paths, 'it is laid out in a way that cannot be edited')
      return edited
    }, before)
    if (after !== before) write(paths, after)
  })
  return true
}

function write(paths: IdentityPaths, text: string): void {
  const { folder, name } = fileIn(paths, PINS_FILE)
  folder.write(name, text, { fsync: true })
}

function readPins(paths: IdentityPaths): string {
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

function sectionsOf(paths: IdentityPaths, text: string): Record<string, unknown> {
  try {
    return parse(text)
  } catch (error) {
    throw invalid(paths, problemOf(error).split('\n', 1)[0] ?? '')
  }
}

function invalid({ muse }: IdentityPaths, problem: string) {
  return coordError('PINS_INVALID', muse.pathOf(PINS_FILE), problem)
}
