import { writePins } from '../../auth/pins.js'
import type { Clock } from '../../base/clock.js'
import { CoordError } from '../../base/errors.js'
import type { OwnCertificate } from '../../hub/own-certificate.js'
import type { RunningHub } from '../../hub/start-hub.js'
import { parseHubUrl } from '../../record/hub-url.js'
import type { CommandCall } from '../command.js'

/** What decides for which names a hub makes its own certificate. */
interface Naming {
  readonly host: string
  readonly publicUrl?: string
}

/** The certificate of a hub that makes its own. Throws as `ownCertificate` does. */
export async function makeCertificate(
  directory: string,
  { host, publicUrl }: Naming,
  clock: Clock,
): Promise<OwnCertificate> {
  const { ownCertificate } = await import('../../hub/own-certificate.js')
  const everywhere = host === '0.0.0.0' || host === '::'
  const names = [...(everywhere ? [] : [host]), ...(publicUrl === undefined ? [] : [new URL(publicUrl).hostname])]
  return ownCertificate(directory, { names, clock })
}

/**
 * Has this machine know the certificate that its own hub shows: it has made it, so it needs nobody's word for it.
 *
 * @returns under which addresses the hub answers; under a public one it takes no signature for another
 */
export function pinForThisMachine(
  { env, output }: Pick<CommandCall, 'env' | 'output'>,
  { names, pin }: OwnCertificate,
  { url, publicUrl }: RunningHub,
): string[] {
  const { port } = new URL(url)
  const addresses = publicUrl === null ? names.map((name) => `https://${name}:${port || 443}`) : [publicUrl]
  const hosts = addresses.map((address) => parseHubUrl(address).host)
  try {
    writePins(env, hosts, pin)
  } catch (error) {
    // A service may have a home that it may not write, and serves all the same.
    if (!(error instanceof CoordError)) throw error
    output.note(`⚠️  Its certificate is not pinned for you: ${error.message}`)
  }
  return addresses
}
