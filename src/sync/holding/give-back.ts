import type { Kind } from '../../kinds/kind.js'
import { HoldNotes } from '../../workspace/holding/hold-notes.js'
import type { Session } from '../../workspace/session.js'
import { type Decider, send } from './decider.js'

/**
 * Gives a hold of this store back before its end, here and, where it can be reached, at the hub; else the next push tells
 * that. A kind that knows no way to do so leaves it to time.
 */
export async function giveBack(
  session: Session,
  { kind: kindName, recordId }: { readonly kind: string; readonly recordId: string },
  reason: string,
  decider: Decider,
): Promise<void> {
  const { workspace } = session
  const [kind] = workspace.registry.select([kindName]) as [Kind]
  const entry = workspace.view.named(kindName, recordId)
  const how = { id: workspace.newId(), at: workspace.timestamp(), reason }
  const given = entry && kind.giveBack?.(entry, how)
  if (given !== undefined) {
    const record = await workspace.write(given.kind, given.payload)
    const [givenKind] = workspace.registry.select([given.kind]) as [Kind]
    if (decider.by === 'hub') await send(decider, givenKind, record).catch(() => {})
  }
  new HoldNotes(workspace.repo).remove({ kind: kindName, recordId })
}
