import { coordError } from '../../base/errors.js'
import type { Hold } from '../../kinds/kind.js'
import { byRecord } from '../../workspace/by-record.js'
import { findId } from '../../workspace/find-id.js'
import { assertHoldsRead, readHolds } from '../../workspace/holds.js'
import type { Session } from '../../workspace/session.js'
import { holdersOf } from '../running/holder.js'

/** All that is held by one record. */
export type RecordHolds = readonly [Hold, ...Hold[]]

/**
 * What is held by the records that were named: by what they hold, as it is typed in the session's directory, else by their ids
 * or the beginnings of those.
 *
 * @throws `RECORD_UNKNOWN`, `RECORD_AMBIGUOUS`; `ARGUMENTS` where a record holds more than was named; `FILE_FAILED` where it may be in
 *   what could not be read
 */
export async function findHolds(session: Session, typed: readonly string[]): Promise<readonly RecordHolds[]> {
  const records = byRecord(readHolds(session.workspace))
  const words = new Map(await Promise.all(typed.map(async (one) => [one, await wordsOf(session, one)] as const)))
  const named = new Set([...words.values()].flat())
  const found = new Set<RecordHolds>()
  for (const one of typed) {
    const held = records.filter((holds) => holds.some(({ what }) => words.get(one)?.includes(what)))
    for (const holds of held) assertWhole(holds, named)
    for (const holds of held.length > 0 ? held : byId(session, one, records)) found.add(holds)
  }
  return [...found]
}

/** What was typed, and what each kind reads from it. */
async function wordsOf(session: Session, typed: string): Promise<readonly string[]> {
  const read = await Promise.all(holdersOf(session).map((holder) => holder.read?.(session, typed)))
  return [typed, ...read.filter((what) => typeof what === 'string')]
}

function byId({ workspace }: Session, typed: string, records: readonly RecordHolds[]): readonly RecordHolds[] {
  const ids = records.map(([{ recordId }]) => recordId)
  if (!ids.some((id) => id.startsWith(typed.replace(/…$/, '')))) assertHoldsRead(workspace)
  const id = findId('hold', typed, [...new Set(ids)])
  return records.filter(([{ recordId }]) => recordId === id)
}

/** Nobody shall lose more than was named. */
function assertWhole(holds: RecordHolds, named: ReadonlySet<string>): void {
  const rest = holds.map(({ what }) => what).filter((what) => !named.has(what))
  const [{ kind, recordId }] = holds
  if (rest.length > 0)
    throw coordError('ARGUMENTS', `The ${kind} ${recordId} holds ${rest.join(' ')} too: name that as well, or the id.`)
}
