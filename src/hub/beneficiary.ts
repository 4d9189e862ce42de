import { networkOf } from './network.js'

/** For whom a hub keeps bytes and does bulk work. The handle may be a claim that nobody has proved. */
export interface Beneficiary {
  /** Of the network: see {@link networkOf}. */
  readonly address: string
  readonly handle: string | null
}

/**
 * One text for one beneficiary. A handle counts apart at each address: by a claim alone nobody takes anything from who has that
 * handle elsewhere.
 */
export function nameOf({ address, handle }: Beneficiary): string {
  return `${networkOf(address)} ${handle ?? ''}`
}
