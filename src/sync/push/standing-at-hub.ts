import type { Kind } from '../../kinds/kind.js'
import type { JsonObject } from '../../record/record.js'
import type { Session } from '../../workspace/session.js'
import { pull } from '../pull/pull.js'

/** Fetches what the others have written, and gives the payloads that came of some records, by record id. Rejects as `pull` does. */
export async function standingAtHub(
  session: Session,
  kind: Kind,
  recordIds: readonly string[],
): Promise<ReadonlyMap<string, JsonObject>> {
  await pull(session, { all: true })
  const records = session.workspace.view.alive(recordIds)
  return new Map(
    recordIds.flatMap((recordId): [string, JsonObject][] => {
      const entry = records.named(kind.name, recordId)
      const copies = entry === undefined ? [] : [entry, ...entry.shadowed]
      const pulled = copies.find(({ origin }) => origin === 'remote')
      return pulled === undefined ? [] : [[recordId, pulled.payload]]
    }),
  )
}
