import type { FastifyRequest } from 'fastify'
import { networkOf } from './network.js'

/** For whom a hub keeps bytes and does bulk work. */
export interface Beneficiary {
  /** Of the network: see {@link networkOf}. */
  readonly address: string
  readonly handle: string | null
  /** Whether nobody has proved the handle yet. */
  readonly isClaim: boolean
}

/** Who sends a request, as its head says or has proved. */
export function claimed({ ip, claim, handle }: Pick<FastifyRequest, 'ip' | 'claim' | 'handle'>): Beneficiary {
  return { address: ip, handle: claim?.handle ?? null, isClaim: claim !== null && handle === null }
}

/** Who sends a request, once that is proven. */
export function proven({ ip, handle }: Pick<FastifyRequest, 'ip' | 'handle'>): Beneficiary {
  return { address: ip, handle, isClaim: false }
}

/**
 * One text for one beneficiary. A handle counts apart at each address, and apart from who proves it: by a claim alone nobody
 * takes anything from who has that handle.
 */
export function nameOf({ address, handle, isClaim }: Beneficiary): string {
  return `${networkOf(address)} ${handle ?? ''}${isClaim ? '?' : ''}`
}
