import type { FastifyRequest } from 'fastify'
import { networkOf } from './network.js'

/** For whom a hub keeps bytes and does bulk work. The handle may be a claim that nobody has proved. */
export interface Beneficiary {
  /** Of the network: see {@link networkOf}. */
  readonly address: string
  readonly handle: string | null
}

/** Who sends a request, as its head says. */
export function claimed({ ip, claim }: Pick<FastifyRequest, 'ip' | 'claim'>): Beneficiary {
  return { address: ip, handle: claim?.handle ?? null }
}

/** Who sends a request, once that is proven. */
export function proven({ ip, handle }: Pick<FastifyRequest, 'ip' | 'handle'>): Beneficiary {
  return { address: ip, handle }
}

/**
 * One text for one beneficiary. A handle counts apart at each address: by a claim alone nobody takes anything from who has that
 * handle elsewhere.
 */
export function nameOf({ address, handle }: Beneficiary): string {
  return `${networkOf(address)} ${handle ?? ''}`
}
