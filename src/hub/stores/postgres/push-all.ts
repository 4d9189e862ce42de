import type { PoolClient, QueryConfig, QueryResult } from 'pg'
import { coordError } from '../../../base/errors.js'
import type { Role } from '../../../record/protocol.js'
import type { MergeRule } from '../../../record/record.js'
import type { Standing } from '../arbitrate.js'
import { arbitrateAll, type JointVerdict } from '../arbitrate-all.js'
import { notingOverrides } from '../directory.js'
import type { UsedSignature } from '../identity-directory.js'
import { keysOf } from '../keys-of.js'
import { forgettableTo, newNonce } from '../positions.js'
import type { Position, StoreAnswer, StorePush, StoreRecord } from '../record-store.js'
import { timeUnderLock } from '../time-under-lock.js'
import type { PushRefusal } from '../unless-refused.js'
import type { Usage } from '../usage.js'
import { voidBefore } from '../void-before.js'
import { recordColumns } from './record-columns.js'
import { sendTogether } from './send-together.js'
import type { PostgresSql } from './statements.js'

/** What the statements that begin a push answer: two with nothing, the row of the space, the time, its rules. */
type Begun = [
  QueryResult,
  QueryResult,
  QueryResult<Pick<Standing, 'owner' | 'lastId' | 'tokenFloor'>>,
  QueryResult<{ now: number; epoch: string; lastReceivedAt: string | null }>,
  QueryResult<{ kind: string; merge: MergeRule }>,
]

/** Who writes, with the keys that sign for the handle and its role in the space. */
type Author = Usage & { fingerprints: readonly string[]; role: Role | null }

/** What the pushes of one transaction are judged by. */
interface Look {
  readonly records: readonly StoreRecord[]
  readonly authors: ReadonlyMap<string, Author>
  /** Hashes of the signatures that have acted with this transaction, and not before. */
  readonly fresh: ReadonlySet<string>
}

/** Whoever has waited so long for the beginning has waited for the lock of another hub, and not for the server. */
const LOCK_MILLISECONDS = 5

/**
 * Several pushes into one space, in one transaction that begins with the lock on the row of its counter. It waits for the server
 * twice: for what stands, and for what is written. One answer for each, in the order in which they were taken.
 *
 * @param take gives them, and called again what has come since: see `GroupCommitOptions.commit`
 * @param announcement the statement that tells of the new end of the space
 */
export async function pushAll(
  client: PoolClient,
  sql: PostgresSql,
  spaceId: number,
  take: () => readonly StorePush[],
  announcement: (lastId: number) => string,
): Promise<(StoreAnswer | PushRefusal)[]> {
  const start = performance.now()
  const first = take()
  const [begun, ...looked] = await sendTogether(client, [
    { text: sql.beginPush(spaceId) },
    ...looking(sql, spaceId, first),
  ])
  const late = performance.now() - start < LOCK_MILLISECONDS ? [] : take()
  const lookedLate = late.length === 0 ? [] : await sendTogether(client, looking(sql, spaceId, late))
  const pushes = [...first, ...late]
  const looks = [looked, lookedLate].map((results) => lookOf(results as QueryResult[]))
  const [, , counters, times, rules] = begun as Begun
  const counter = firstOf(counters.rows, spaceId)
  const time = firstOf(times.rows, spaceId)
  const records = looks.flatMap((look) => look.records)
  const authors = new Map(looks.flatMap((look) => [...look.authors]))
  const fresh = new Set(looks.flatMap((look) => [...look.fresh]))
  const standing: Standing = {
    ...counter,
    now: timeUnderLock(time.now, time.lastReceivedAt),
    rules: new Map(rules.rows.map(({ kind, merge }) => [kind, merge])),
    records,
    usage: authors,
  }
  const verdict = arbitrateAll(standing, pushes, refusedOf(pushes, authors, fresh))
  const nonce = await write(client, sql, { spaceId, now: time.now, before: counter.lastId, verdict, announcement })
  const history = { epoch: time.epoch, position: nonce === null ? null : { id: verdict.lastId, nonce } }
  return verdict.answers.map((answer) => (typeof answer === 'object' ? { ...answer, ...history } : answer))
}

/**
 * The statements that look at what pushes meet. None goes by a name: a plan that was made while a table was small would be kept. Of a
 * push that is refused for another reason its signature has acted as well; sent again it is refused all the same.
 */
function looking(sql: PostgresSql, spaceId: number, pushes: readonly StorePush[]): QueryConfig[] {
  const handles = [...new Set(pushes.map(({ author }) => author))]
  const signatures = pushes.flatMap(({ signature }) => signature ?? [])
  return [
    { text: sql.recordsByKey, values: [spaceId, keysOf(pushes)] },
    { text: sql.authors, values: [handles, spaceId] },
    ...(signatures.length === 0 ? [] : [{ text: sql.useSignatures, values: usedValues(signatures) }]),
  ]
}

function usedValues(signatures: readonly UsedSignature[]): unknown[] {
  const hashes = signatures.map(({ hash }) => hash)
  const ends = signatures.map(({ expiresAt }) => expiresAt)
  return [hashes, ends, Math.min(...signatures.map(voidBefore))]
}

function lookOf([records, authors, used]: readonly QueryResult[]): Look {
  const found = (authors?.rows ?? []) as (Author & { handle: string })[]
  const signatures = (used?.rows ?? []) as { hash: string }[]
  return {
    records: (records?.rows ?? []) as StoreRecord[],
    authors: new Map(found.map(({ handle, ...author }) => [handle, author])),
    fresh: new Set(signatures.map(({ hash }) => hash)),
  }
}

/** Those that do nothing. */
function refusedOf(
  pushes: readonly StorePush[],
  authors: ReadonlyMap<string, Author>,
  fresh: ReadonlySet<string>,
): ReadonlyMap<StorePush, PushRefusal> {
  const refused = new Map<StorePush, PushRefusal>()
  const unused = new Set(fresh)
  for (const push of pushes) {
    const { author, key, asMember, signature } = push
    const { fingerprints = [], role = null } = authors.get(author) ?? {}
    if (key !== undefined && !fingerprints.includes(key)) refused.set(push, 'revoked')
    else if (asMember && role !== 'write') refused.set(push, 'removed')
    // Of two with one signature in this transaction the first acts.
    else if (signature !== undefined && !unused.delete(signature.hash)) refused.set(push, 'played')
  }
  return refused
}

interface Writing {
  readonly spaceId: number
  /** The time that was read under the lock, milliseconds since 1970. */
  readonly now: number
  /** Where the space ended. */
  readonly before: number
  readonly verdict: JointVerdict
  readonly announcement: (lastId: number) => string
}

/** Writes and commits. Resolves with the name of the commit with which the space ends now; `null`: it has never held anything. */
async function write(
  client: PoolClient,
  sql: PostgresSql,
  { spaceId, now, before, verdict, announcement }: Writing,
): Promise<string | null> {
  const { writes, newRules, overrides, growth, lastId } = verdict
  const rules =
    newRules.size === 0 ? [] : [{ text: sql.addRules, values: [spaceId, [...newRules.keys()], [...newRules.values()]] }]
  if (writes.length === 0) {
    const asking = [{ text: sql.position, values: [spaceId, lastId] }, ...rules, { text: 'COMMIT' }]
    const [last] = (await sendTogether(client, asking)) as [QueryResult<Position>]
    return last.rows[0]?.nonce ?? null
  }
  const nonce = newNonce(now)
  const forgettable = forgettableTo(before, lastId)
  await sendTogether(client, [
    ...rules,
    { name: 'write', text: sql.write, values: recordColumns(spaceId, lastId, writes, growth, nonce) },
    ...notingOverrides(spaceId, now, overrides).map(([name, ...values]) => ({ text: sql[name], values })),
    ...(forgettable === null ? [] : [{ text: sql.forgetPositions, values: [spaceId, forgettable] }]),
    // Where one before it has failed the first of these fails, and the second is not reached.
    { text: `${announcement(lastId)}; COMMIT` },
  ])
  return nonce
}

/** What a statement tells of a space. Throws `NO_SUCH_THING` where there is none: what is not there is not empty. */
export function firstOf<Row>([row]: readonly Row[], spaceId: number): Row {
  if (row === undefined) throw coordError('NO_SUCH_THING', `space ${spaceId} in this store`)
  return row
}
