import type { Clock } from '../../../base/clock.js'
import type { Role } from '../../../record/protocol.js'
import { arbitrateAll } from '../arbitrate-all.js'
import { notingOverrides } from '../directory.js'
import type { HandleKey } from '../identity-directory.js'
import { keysOf } from '../keys-of.js'
import { forgettableTo, judgeSeen, newNonce } from '../positions.js'
import type { StoreAnswer, StorePush, StoreRecord } from '../record-store.js'
import { timeUnderLock } from '../time-under-lock.js'
import type { PushRefusal } from '../unless-refused.js'
import type { Usage } from '../usage.js'
import { voidBefore } from '../void-before.js'
import { judgeIn } from './judge-in.js'
import { counterOf, historyOf, rulesOf, type Statements } from './statements.js'
import { writeRecords } from './write-records.js'
import { writeUsage } from './write-usage.js'

/** Several pushes into one space, inside the transaction of the caller: one answer for each, in order. */
export function pushAll(
  statements: Statements,
  clock: Clock,
  spaceId: number,
  pushes: readonly StorePush[],
): (StoreAnswer | PushRefusal)[] {
  const seen = judgeSeen(pushes, (positions) => judgeIn(statements, spaceId, positions))
  const counter = counterOf(statements, spaceId)
  const keys = JSON.stringify(keysOf(pushes))
  const records = statements.recordsByKey.all(keys, spaceId) as StoreRecord[]
  const last = statements.lastReceived.get(spaceId) as Pick<StoreRecord, 'receivedAt'> | undefined
  const now = timeUnderLock(clock.now(), last?.receivedAt ?? null)
  const standing = { ...counter, now, rules: rulesOf(statements, spaceId), records, usage: usageOf(statements, pushes) }
  const verdict = arbitrateAll(standing, pushes, refusedOf(statements, spaceId, pushes))
  const { answers, writes, newRules, overrides, growth, lastId } = verdict
  for (const [kind, rule] of newRules) statements.addRule.run(spaceId, kind, rule)
  if (writes.length > 0) {
    statements.setLastId.run(lastId, spaceId)
    statements.addPosition.run(spaceId, lastId, newNonce(now))
    const forgettable = forgettableTo(counter.lastId, lastId)
    if (forgettable !== null) statements.forgetPositions.run(spaceId, forgettable)
    const isReplacing = answers.some((answer) => typeof answer === 'object' && answer.updated > 0)
    writeRecords(statements, spaceId, writes, isReplacing)
    writeUsage(statements, growth)
  }
  for (const [name, ...values] of notingOverrides(spaceId, now, overrides)) statements[name].run(...values)
  const { epoch, position } = historyOf(statements, spaceId, lastId)
  return answers.map((answer, n) => (typeof answer === 'object' ? { ...answer, epoch, position, ...seen[n] } : answer))
}

/** What the authors of pushes with a quota have. */
function usageOf(statements: Statements, pushes: readonly StorePush[]): ReadonlyMap<string, Usage> {
  const authors = new Set(pushes.flatMap(({ author, quota }) => (quota === undefined ? [] : [author])))
  return new Map([...authors].map((author) => [author, statements.usage.get(author) as Usage]))
}

/** Those that do nothing. Signatures of the others have acted from now on. */
function refusedOf(
  statements: Statements,
  spaceId: number,
  pushes: readonly StorePush[],
): ReadonlyMap<StorePush, PushRefusal> {
  const found = new Map<StorePush, PushRefusal>()
  for (const push of pushes) {
    const keys = push.key === undefined ? null : (statements.keys.all(push.author) as HandleKey[])
    if (keys?.some(({ fingerprint }) => fingerprint === push.key) === false) {
      found.set(push, 'revoked')
      continue
    }
    if (push.asMember && !mayWrite(statements, spaceId, push.author)) {
      found.set(push, 'removed')
      continue
    }
    if (push.signature === undefined) continue
    const { hash, expiresAt } = push.signature
    if (statements.useSignature.all(hash, expiresAt).length === 0) found.set(push, 'played')
    statements.forgetSignatures.run(voidBefore(push.signature))
  }
  return found
}

function mayWrite(statements: Statements, spaceId: number, handle: string): boolean {
  const [member] = statements.role.all(spaceId, handle) as { role: Role }[]
  return member?.role === 'write'
}
