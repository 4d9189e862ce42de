import type { Clock } from '../../../base/clock.js'
import { coordError } from '../../../base/errors.js'
import { arbitrateAll } from '../arbitrate-all.js'
import { recordKey } from '../record-key.js'
import type { StoreAnswer, StorePush, StoreRecord } from '../store.js'
import { timeUnderLock } from '../time-under-lock.js'
import { voidBefore } from '../void-before.js'
import { type Counter, rulesOf, type Statements } from './statements.js'
import { writeRecords } from './write-records.js'

/** Several pushes into one space, inside the transaction of the caller: one answer for each, in order; `null`: played again. */
export function pushAll(
  statements: Statements,
  clock: Clock,
  spaceId: number,
  pushes: readonly StorePush[],
): (StoreAnswer | null)[] {
  const counter = statements.counter.get(spaceId) as Counter | undefined
  if (counter === undefined) throw coordError('NO_SUCH_THING', `space ${spaceId} in this store`)
  const keys = JSON.stringify(pushes.flatMap(({ records }) => records.map(recordKey)))
  const records = statements.recordsByKey.all(keys, spaceId) as StoreRecord[]
  const last = statements.lastReceived.get(spaceId) as Pick<StoreRecord, 'receivedAt'> | undefined
  const now = timeUnderLock(clock.now(), last?.receivedAt ?? null)
  const standing = { ...counter, now, rules: rulesOf(statements, spaceId), records }
  const { answers, writes, newRules, lastId } = arbitrateAll(standing, pushes, played(statements, pushes))
  for (const [kind, rule] of newRules) statements.addRule.run(spaceId, kind, rule)
  if (writes.length > 0) {
    statements.setLastId.run(lastId, spaceId)
    const isReplacing = answers.some((answer) => answer !== null && answer.updated > 0)
    writeRecords(statements, spaceId, writes, isReplacing)
  }
  return answers
}

/** Those whose signature has acted before. That of the others has acted from now on. */
function played(statements: Statements, pushes: readonly StorePush[]): ReadonlySet<StorePush> {
  const found = new Set<StorePush>()
  for (const push of pushes) {
    if (push.signature === undefined) continue
    const { hash, expiresAt } = push.signature
    if (statements.useSignature.all(hash, expiresAt).length === 0) found.add(push)
    statements.forgetSignatures.run(voidBefore(push.signature))
  }
  return found
}
