import type { Kind } from '../kinds/kind.js'
import type { LeaseNumbers } from '../record/lease-numbers.js'
import type { CoordRecord } from '../record/record.js'
import { leaseText, type PushMark, pushText, wireText } from '../record/wire.js'
import type { HubClient } from './hub-client.js'
import type { LenientPushAnswer } from './push-answer.js'

/** A hub takes five hundred in a push, and four mebibytes. */
export const FEW = 100

/** A record that somebody waits to have sent. */
export interface SingleRecord {
  readonly kind: Kind
  readonly record: CoordRecord
  /** As it travels: each token as its writer spelt it. */
  readonly payloadText: string
  /** What its writer knows of the lease; `null` or left out: the kind counts no tenures. */
  readonly numbers?: LeaseNumbers | null
  /** Overrides what stands, for the owner of the space. */
  readonly force?: boolean
  /** Of a claim: the id of the record without an end that it takes to be left behind. */
  readonly replaces?: number
}

/**
 * Sends a few records in one small push, apart from the stores' batches: each with the rule of its kind, so that a hub that has
 * never heard of the kind merges it as this machine does. It may be sent again safely.
 *
 * @param mark `first` for a hub alone that has announced that feature
 * @throws what {@link HubClient.push} throws; what the hub refuses is in the answer
 */
export async function pushFew(
  client: HubClient,
  { owner, slug }: { readonly owner: string; readonly slug: string },
  few: readonly SingleRecord[],
  mark: PushMark = {},
): Promise<LenientPushAnswer> {
  const rules = Object.fromEntries(few.map(({ kind }) => [kind.name, { merge: kind.merge }]))
  return await client.push(owner, slug, pushText(few.map(textOf), rules, mark))
}

function textOf({ record, payloadText, numbers = null, force = false, replaces }: SingleRecord): string {
  const plain = wireText(record, payloadText)
  return numbers === null ? plain : leaseText(plain, numbers, { force, ...(replaces !== undefined && { replaces }) })
}
