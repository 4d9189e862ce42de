import type { PoolClient, QueryConfig, QueryResult } from 'pg'
import { coordError } from '../../../base/errors.js'
import type { Role } from '../../../record/protocol.js'
import type { MergeRule } from '../../../record/record.js'
import type { Standing } from '../arbitrate.js'
import { arbitrateAll, type JointVerdict } from '../arbitrate-all.js'
import { notingOverrides } from '../directory.js'
import type { UsedSignature } from '../identity-directory.js'
import { keysOf } from '../keys-of.js'
import { forgettableTo, judgePositions, judgeSeen, type KnownPositions, newNonce } from '../positions.js'
import type { Position, StoreAnswer, StorePush, StoreRecord } from '../record-store.js'
import { timeUnderLock } from '../time-under-lock.js'
import type { PushRefusal } from '../unless-refused.js'
import type { Usage } from '../usage.js'
import { voidBefore } from '../void-before.js'
import { uuidArray } from './binary-array.js'
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

/** What pushes of one transaction are judged by. */
interface Look {
  readonly records: readonly StoreRecord[]
  readonly authors: readonly (readonly [handle: string, author: Author])[]
  /** Hashes of the signatures that have acted with this transaction, and not before. */
  readonly fresh: readonly string[]
  /** For each push what is told of the positions that it has seen. */
  readonly seen: readonly Pick<StoreAnswer, 'seen'>[]
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
  const [[begun], look] = await lookAt(client, sql, spaceId, first, [{ text: sql.beginPush(spaceId) }])
  const late = performance.now() - start < LOCK_MILLISECONDS ? [] : take()
  const [, lateLook] = late.length === 0 ? [] : await lookAt(client, sql, spaceId, late)
  const pushes = [...first, ...late]
  const looks = lateLook === undefined ? [look] : [look, lateLook]
  const seen = looks.flatMap((one) => one.seen)
  const [, , counters, times, rules] = begun as Begun
  const counter = firstOf(counters.rows, spaceId)
  const time = firstOf(times.rows, spaceId)
  const records = looks.flatMap((one) => one.records)
  const authors = new Map(looks.flatMap((one) => one.authors))
  const fresh = new Set(looks.flatMap((one) => one.fresh))
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
  return verdict.answers.map((answer, n) =>
    typeof answer === 'object' ? { ...answer, ...history, ...seen[n] } : answer,
  )
}

/**
 * Looks at what pushes meet. What looks at records and positions goes by no name: a plan that was made while a table was small would
 * be kept, and these grow fast. Of a push that is refused for another reason its signature has acted as well; sent again it is
 * refused all the same.
 *
 * @param before statements that are sent together with these
 * @returns the results of those before, and the look
 * @throws `STORE_SET_BACK`
 */
async function lookAt(
  client: PoolClient,
  sql: PostgresSql,
  spaceId: number,
  pushes: readonly StorePush[],
  before: readonly QueryConfig[] = [],
): Promise<readonly [results: readonly unknown[], look: Look]> {
  const handles = [...new Set(pushes.map(({ author }) => author))]
  const signatures = pushes.flatMap(({ signature }) => signature ?? [])
  const ids = pushes.flatMap(({ seen = [] }) => seen.map(({ id }) => id))
  const results = await sendTogether(client, [
    ...before,
    { text: sql.recordsByKey, values: [spaceId, uuidArray(keysOf(pushes))] },
    { name: 'authors', text: sql.authors, values: [handles, spaceId] },
    ...(ids.length === 0 ? [] : [{ text: sql.knownPositions, values: [spaceId, ids] }]),
    ...(signatures.length === 0 ? [] : [{ text: sql.useSignatures, values: usedValues(signatures) }]),
  ])
  const rows = results.slice(before.length).map((result) => (result as QueryResult).rows)
  const [records, authors] = rows.splice(0, 2) as [StoreRecord[], (Author & { handle: string })[]]
  const known = ids.length === 0 ? null : firstOf(rows.shift() as KnownPositions[], spaceId)
  const fresh = (rows.shift() ?? []) as { hash: string }[]
  const look: Look = {
    records,
    authors: authors.map(({ handle, ...author }) => [handle, author]),
    fresh: fresh.map(({ hash }) => hash),
    seen: judgeSeen(pushes, (positions) => (known === null ? 'stand' : judgePositions(known, positions))),
  }
  return [results.slice(0, before.length), look]
}

function usedValues(signatures: readonly UsedSignature[]): unknown[] {
  const hashes = signatures.map(({ hash }) => hash)
  const ends = signatures.map(({ expiresAt }) => expiresAt)
  return [hashes, ends, Math.min(...signatures.map(voidBefore))]
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
