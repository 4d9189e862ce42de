import type { Kind } from '../../kinds/kind.js'
import { HoldNotes } from '../../workspace/holding/hold-notes.js'
import type { Standing } from '../../workspace/index/standing.js'
import type { Session } from '../../workspace/session.js'
import type { SealedRecord } from '../../workspace/workspace.js'
import { type Decider, sendFew } from './decider.js'

/** A record that something is held by. */
export interface HeldBy {
  /** Name of its kind. */
  readonly kind: string
  readonly recordId: string
}

/** Where the records are looked up that something is held by. */
export type HoldRecords = Pick<Standing, 'named'>

/**
 * Gives a hold of this store back before its end, here and, where it can be reached, at the hub; else the next push tells
 * that. A kind that knows no way to do so leaves it to time.
 */
export async function giveBack(session: Session, held: HeldBy, reason: string, decider: Decider): Promise<void> {
  await giveBackAll(session, [held], reason, decider)
}

/**
 * The same for several: one look for them all, and one push.
 *
 * @param onWritten is told of each once it is given back here, before the hub is asked
 */
export async function giveBackAll<Held extends HeldBy>(
  session: Session,
  holds: readonly Held[],
  reason: string,
  decider: Decider,
  onWritten: (held: Held) => void = () => {},
): Promise<void> {
  if (holds.length === 0) return
  const records = session.workspace.view.alive()
  const written: SealedRecord[] = []
  for (const held of holds) {
    const one = await writeGiveBack(session, held, reason, records)
    onWritten(held)
    if (one !== null) written.push(one)
  }
  await tellHub(decider, written)
}

/**
 * The same here alone.
 *
 * @returns what was written, for whoever tells the hub of several at once; `null`: nothing
 */
export async function writeGiveBack(
  { workspace }: Session,
  { kind: kindName, recordId }: HeldBy,
  reason: string,
  records: HoldRecords,
): Promise<SealedRecord | null> {
  const [kind] = workspace.registry.select([kindName]) as [Kind]
  const entry = records.named(kindName, recordId)
  const how = { id: workspace.newId(), at: workspace.timestamp(), reason }
  const given = entry && kind.giveBack?.(entry, how)
  const written = given === undefined ? null : await workspace.writeSealed(given.kind, given.payload)
  new HoldNotes(workspace.repo).remove({ kind: kindName, recordId })
  return written
}

/** Tells a hub what was given back. What does not arrive the next push tells. */
export async function tellHub(decider: Decider, given: readonly SealedRecord[]): Promise<void> {
  if (decider.by === 'hub' && given.length > 0) await sendFew(decider, given).catch(() => {})
}
