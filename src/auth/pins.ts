import { type CertificatePin, isCertificatePin } from '../record/certificate-pin.js'
import type { HubUrl } from '../record/hub-url.js'
import { identityPaths } from './identity-paths.js'
import { changePins, invalidPins, pinsAt } from './pins-file.js'

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
  const pin = paths && pinsAt(paths, { host, pathPrefix: '' })?.certificate
  if (paths === null || pin === undefined || pin === null) return null
  if (!isCertificatePin(pin)) throw invalidPins(paths, `["${host}"] certificate must be 43 characters of base64url`)
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
  changePins(paths, (write) => {
    for (const host of hosts) write(host, { certificate: pin })
  })
  return true
}
