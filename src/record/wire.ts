/**
 * The one place where spelling changes: `runId` in TypeScript is `run_id` in JSON.
 * What stands under `payload` or `result`, or is marked by `asWritten`, was written by somebody else and passes through
 * untouched, by reference.
 */

import { JsonText } from '../base/json/json-text.js'
import { quote } from '../base/quote.js'
import { isTimestamp, withZone } from '../base/timestamp.js'
import type { LeaseNumbers } from './lease-numbers.js'
import {
  type CoordRecord,
  isJsonObject,
  isKindName,
  isSafeRecordId,
  type JsonObject,
  type MergeRule,
  runIdFault,
  type StoredRecord,
} from './record.js'

/** Keys whose values are not ours to respell: somebody else's JSON stands there. */
const OPAQUE = new Set(['payload', 'result'])

/** By object: those of its fields whose names and values are somebody else's. */
const foreignFields = new WeakMap<object, ReadonlySet<string>>()

/** Marks fields that somebody else has named, so that no spelling of them or below them changes. Returns the object itself. */
export function asWritten<T extends object>(value: T, fields: readonly string[] = Object.keys(value)): T {
  foreignFields.set(value, new Set(fields))
  return value
}

const snakeCase = memoized((key) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`))
const camelCase = memoized((key) => key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()))

type Snake<S extends string> = S extends `${infer Head}${infer Tail}`
  ? Head extends Lowercase<Head>
    ? `${Head}${Snake<Tail>}`
    : `_${Lowercase<Head>}${Snake<Tail>}`
  : S

/** The JSON shape of a TypeScript shape: the same values under `snake_case` keys. */
export type Wire<T> = T extends readonly (infer Item)[]
  ? Wire<Item>[]
  : T extends object
    ? { [K in keyof T as K extends string ? Snake<K> : K]: K extends 'payload' | 'result' ? T[K] : Wire<T[K]> }
    : T

/** A copy in the spelling of JSON and SQL. */
export function toWire<T>(value: T): Wire<T> {
  return respell(value, snakeCase) as Wire<T>
}

/**
 * A record as it goes over the wire: the one text that is sent, and whose hash tells what was sent.
 *
 * @param payloadText the payload as its writer spelt it, without blanks between tokens
 */
export function wireText(record: CoordRecord, payloadText: string): string {
  const { kind, recordId, runId, expiresAt } = record
  // Of these the run id alone may hold what JSON escapes.
  const expiry = expiresAt === null ? 'null' : `"${expiresAt}"`
  return `{"kind":"${kind}","record_id":"${recordId}","run_id":${JSON.stringify(runId)},"payload":${payloadText},"expires_at":${expiry}}`
}

/**
 * The text of a register's change that replaces one revision and is the next.
 *
 * @param record as {@link wireText} writes it
 * @param after the revision that the hub was known to have before the change was read; `null`: none
 */
export function changeText(record: string, after: number | null): string {
  return `${record.slice(0, -1)},"revision":${nextRevision(after)},"after":${after}}`
}

/**
 * The text of a lease's record that says what it is to come after.
 *
 * @param record as {@link wireText} writes it
 */
export function leaseText(
  record: string,
  { token, revision }: LeaseNumbers,
  { force = false, replaces }: Pick<Succession, 'force' | 'replaces'> = {},
): string {
  const change = revision === undefined ? '' : `,"revision":${revision}`
  const taken = replaces === undefined ? '' : `,"replaces":${replaces}`
  return `${record.slice(0, -1)},"token":${token}${change}${taken}${force ? ',"force":true' : ''}}`
}

/** What a push as a whole is for. */
export interface PushMark {
  /** Asks for the first of these leases that is free. */
  readonly first?: boolean
  /** The record of somebody that ends by this push: for the owner of the space. */
  readonly takesBack?: { readonly kind: string; readonly recordId: string }
}

export function nextRevision(after: number | null): number {
  return (after ?? 0) + 1
}

/**
 * The body of a push: records as {@link wireText} and {@link changeText} write them, and the merge rules of their kinds.
 *
 * @param mark what is said of the push as a whole
 */
export function pushText(
  records: readonly string[],
  kinds: Record<string, { merge: MergeRule }>,
  { first = false, takesBack }: PushMark = {},
): string {
  const mark = { ...(first && { first }), ...(takesBack && { takes_back: toWire(takesBack) }), kinds }
  return `{"records":[${records.join(',')}],${JSON.stringify(mark).slice(1)}`
}

/**
 * Reads a record that came from outside, or says why it is none. What may be missing may be `null` as well, and an
 * `expires_at` without a zone is one of UTC. By hand and not by schema: it runs once for every record of a push and a pull.
 */
export function readRecord(value: unknown): { readonly record: CoordRecord } | { readonly fault: string } {
  if (!isJsonObject(value)) return { fault: 'is no JSON object' }
  const { kind, record_id: recordId } = value
  if (!isKindName(kind)) return { fault: `has no valid kind: ${quote(kind)}` }
  if (!isSafeRecordId(recordId)) return { fault: `has an unsafe record_id: ${quote(recordId)}` }
  const runId = value.run_id ?? ''
  const runFault = runIdFault(runId)
  if (runFault !== null) return { fault: `has a run_id ${runFault}` }
  const payload = value.payload ?? {}
  if (!isJsonObject(payload)) return { fault: 'has a payload that is no JSON object' }
  const expiresAt = value.expires_at ?? null
  if (expiresAt !== null && !isTimestamp(expiresAt)) {
    return { fault: `has an expires_at that is no timestamp: ${quote(expiresAt)}` }
  }
  const end = expiresAt === null ? null : withZone(expiresAt)
  return { record: { kind, recordId, runId: runId as string, payload, expiresAt: end } }
}

/** A record that {@link readRecord} has read, with what a hub says of it; what is no such thing counts as not said. */
export function storedRecord(record: CoordRecord, value: JsonObject): StoredRecord {
  const { id, author, token, received_at: receivedAt } = value
  const { kind, recordId, runId, payload, expiresAt } = record
  // Field by field, which is made several times faster than a copy by spreading; of thousands that is felt.
  return {
    kind,
    recordId,
    runId,
    payload,
    expiresAt,
    id: isCount(id) ? id : null,
    author: typeof author === 'string' ? author : null,
    token: isCount(token) ? token : null,
    receivedAt: isTimestamp(receivedAt) ? withZone(receivedAt) : null,
  }
}

/** What a record is to come after: see `Incoming` of the merge rules. */
export interface Succession extends Partial<LeaseNumbers> {
  readonly after?: number | null
  readonly force?: boolean
  readonly replaces?: number
}

/** Reads `revision`, `after`, `token`, `force` and `replaces` of a record that came from outside, or says what is wrong with them. */
export function readSuccession(record: JsonObject): Succession | { readonly fault: string } {
  const { revision = null, after = null, token, force = false, replaces = null } = record
  for (const [name, value] of Object.entries({ revision, after, token: token ?? null, replaces })) {
    if (value !== null && !isCount(value)) {
      return { fault: `has a ${name} that is no whole number from 1: ${quote(value)}` }
    }
  }
  if (typeof force !== 'boolean') return { fault: `has a force that is neither true nor false: ${quote(force)}` }
  return {
    ...(revision !== null && { revision: revision as number, after: after as number | null }),
    ...(token !== undefined && { token: token as number | null }),
    ...(force && { force }),
    ...(replaces !== null && { replaces: replaces as number }),
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0
}

/** A copy in the spelling of TypeScript. The value must have been checked: a cast does not check it. */
export function fromWire<T>(value: unknown): T {
  return respell(value, camelCase) as T
}

function respell(value: unknown, spell: (key: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => respell(item, spell))
  if (typeof value !== 'object' || value === null || value instanceof JsonText) return value
  const copy: Record<string, unknown> = {}
  const foreign = foreignFields.get(value)
  for (const key in value) {
    if (key === '__proto__') continue // assigning it would change the copy's prototype
    const item = (value as Record<string, unknown>)[key]
    if (foreign?.has(key)) {
      copy[key] = item
      continue
    }
    const name = spell(key)
    // A stranger's `recordId` beside `record_id` must not take the place of what was checked.
    if (name === key && Object.hasOwn(copy, name)) continue
    copy[name] = OPAQUE.has(key) ? item : respell(item, spell)
  }
  return copy
}

/** Keys are few and come again for every record; those of strangers must not grow the memory without end. */
function memoized(spell: (key: string) => string): (key: string) => string {
  const known = new Map<string, string>()
  return (key) => {
    let spelled = known.get(key)
    if (spelled === undefined) {
      spelled = spell(key)
      if (known.size < 1000) known.set(key, spelled)
    }
    return spelled
  }
}
