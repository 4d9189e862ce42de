import type { StoreRecord } from '../../src/hub/stores/record-store.js'
import type { Plugin } from '../../src/kinds/kind.js'
import { type HubBehindProxy, startHubBehindProxy } from './hub-behind-proxy.js'
import { createMachine, type Machine } from './machine.js'
import type { Signer } from './start-hub.js'

/** A real hub with the space `gabriel/muse`, reached through a proxy, and machines that are registered there. */
export interface Swarm extends HubBehindProxy {
  /** The space's owner. */
  readonly gabriel: Signer
  /** Another machine of gabriel's, or of somebody who is given. */
  machine(options?: { signer?: Signer; plugins?: readonly (string | Plugin)[] }): Promise<Machine>
  /** What the hub holds, oldest first. */
  stored(): Promise<StoreRecord[]>
}

export async function createSwarm(options?: Parameters<typeof startHubBehindProxy>[0]): Promise<Swarm> {
  const place = await startHubBehindProxy(options)
  const { hub, url } = place
  const gabriel = await hub.register('gabriel')
  return {
    ...place,
    gabriel,
    machine: (more) => createMachine({ hub: url, signer: gabriel, ...more }),
    async stored() {
      const space = await hub.store.findSpace('gabriel', 'muse')
      if (space === null) return []
      return (await hub.store.since(space, { sinceId: 0, limit: 100_000, kinds: [] })).records
    },
  }
}
