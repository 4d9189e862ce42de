import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { keepFirstOwner } from '../../auth/first-owner.js'
import type { Clock } from '../../base/clock.js'
import { CoordError } from '../../base/errors.js'
import { certificateNames } from '../../hub/certificate-names.js'
import { isLoopback, type RunningHub } from '../../hub/start-hub.js'
import { parseHubUrl } from '../../record/hub-url.js'
import type { CommandCall } from '../command.js'
import type { Flags } from '../flags.js'
import { withHubStore } from './store.js'

const SERVES_MILLISECONDS = 7 * 24 * 3600 * 1000

interface ServeCall extends Pick<CommandCall, 'env' | 'directory' | 'output'> {
  readonly flags: Flags<never, 'data' | 'store'>
}

/** What decides by which address others reach a hub. */
interface Reach {
  readonly host: string
  readonly tls?: { readonly certFile: string }
}

/**
 * Keeps for this user how the first owner of a hub is let in, where it registers only who was invited and nobody has been: who serves
 * it has its store, and needs nobody's word. `muse-coord join` takes it.
 *
 * @returns the address under which that one will know the hub; `null`: somebody is in, or nothing is kept
 */
export async function keepForFirstOwner(
  call: ServeCall,
  hub: RunningHub,
  reach: Reach,
  clock: Clock,
): Promise<string | null> {
  const address = hub.registration === 'closed' ? addressOf(hub, reach) : null
  if (address === null) return null
  const { invite } = await import('../../hub/invite.js')
  const made = await withHubStore(call, async (store) => {
    // Of a store that cannot tell nobody is the first.
    if ((await store.archive?.identities())?.length !== 0) return null
    return invite(store, { expiresAt: clock.now() + SERVES_MILLISECONDS })
  })
  if (made === null) return null
  const { code, expiresAt } = made
  try {
    return keepFirstOwner(call.env, { hub: parseHubUrl(address), code, until: expiresAt }) ? address : null
  } catch (error) {
    // A service may have a home that it may not write, and serves all the same.
    if (!(error instanceof CoordError)) throw error
    call.output.note(
      `⚠️  How to be its first owner is not kept for you, and \`muse-coord hub invite --space OWNER/SLUG --hub ${address}\` lets one in: ${error.message}`,
    )
    return null
  }
}

/** Others will be told of it, so an address of this machine goes before its name, and the loopback last. `null`: none is known. */
function addressOf({ url, publicUrl }: RunningHub, { host, tls }: Reach): string | null {
  if (publicUrl !== null) return publicUrl
  if (host !== '0.0.0.0' && host !== '::') return url
  const names = tls === undefined ? [] : certificateNames(readFileSync(tls.certFile, 'utf8'))
  const [best] = [...names].sort((one, other) => rankOf(other) - rankOf(one))
  return best === undefined ? null : `https://${best}:${new URL(url).port || 443}`
}

function rankOf(name: string): number {
  if (isLoopback(name)) return 0
  if (isIP(name) === 4) return 3
  return name.startsWith('[') ? 1 : 2
}
