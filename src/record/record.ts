/** The record: the one shape that every kind of file takes when it travels. */
import { quote } from '../base/quote.js'

/** Any JSON object, exactly as its writer wrote it. */
export type JsonObject = Record<string, unknown>

/** What a client sends. */
export interface CoordRecord {
  kind: string
  /** Safe as a file name, see {@link isSafeRecordId}. */
  recordId: string
  /** The run that wrote it; `''` where the payload names none. */
  runId: string
  payload: JsonObject
  /** ISO 8601 with offset or `Z`; `null`: never lapses. */
  expiresAt: string | null
}

/** What a hub gives back: the record and what the hub adds. A plain hub may add nothing. */
export interface StoredRecord extends CoordRecord {
  /** Position in the space, from 1, growing with every change; `null`: the hub tells none. */
  id: number | null
  /** The handle that signed the push; `null`: the hub names nobody. */
  author: string | null
  /** The fencing number of a lease; `null` for every other record. */
  token: number | null
  /** ISO 8601, the hub's clock; `null`: the hub does not tell. */
  receivedAt: string | null
}

/** How a hub treats a record id that comes again. */
export const MERGE_RULES = ['once', 'latest', 'lease'] as const
export type MergeRule = (typeof MERGE_RULES)[number]

/** The most bytes the payload of one record may take, as UTF-8 JSON. */
export const MAX_PAYLOAD_BYTES = 256 * 1024

/** The most bytes of a whole record as UTF-8 JSON: the payload, and what stands around it. */
export const MAX_RECORD_BYTES = MAX_PAYLOAD_BYTES + 16 * 1024

/** The most characters of a run id. */
const MAX_RUN_ID_LENGTH = 256

// No `m` flag: `$` is the end of the string and nothing else, so a trailing newline is refused.
const SAFE_RECORD_ID = /^[a-zA-Z0-9_\-:]{1,128}$/
export const KIND_NAME_PATTERN = '^[a-z][a-z0-9_-]{0,63}$'
const KIND_NAME = new RegExp(KIND_NAME_PATTERN)
const SPACE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,255}$/
// Zero bytes and halves of characters: databases refuse the one and change the other.
const UNPRINTABLE = /[\p{Cc}\p{Cs}]/u

/** Whether a record id can be a file name on every machine: `[a-zA-Z0-9_\-:]{1,128}`, all of it. */
export function isSafeRecordId(value: unknown): value is string {
  return typeof value === 'string' && SAFE_RECORD_ID.test(value)
}

/** A record id as the last argument of a command that somebody is told to run: one that begins with `-` would be read as a flag. */
export function idArgument(recordId: string): string {
  return recordId.startsWith('-') ? `-- ${recordId}` : recordId
}

/** A flag whose value is a record id, in a command that somebody is told to run. */
export function idFlag(flag: string, recordId: string): string {
  return recordId.startsWith('-') ? `${flag}=${recordId}` : `${flag} ${recordId}`
}

/** Whether a word can name a kind: lower case, a letter first, at most 64 characters. */
export function isKindName(value: unknown): value is string {
  return typeof value === 'string' && KIND_NAME.test(value)
}

/** Whether a word can be an owner, a handle or a slug: 1–256 of `A-Za-z0-9._-`, beginning with a letter or digit. */
export function isSpaceName(value: unknown): value is string {
  return typeof value === 'string' && SPACE_NAME.test(value)
}

/** Whether a record has lapsed at a time, in milliseconds since 1970. At the very millisecond it has. */
export function hasLapsed({ expiresAt }: { readonly expiresAt: string | null }, now: number): boolean {
  return expiresAt !== null && Date.parse(expiresAt) <= now
}

/** Whether a value is a JSON object: neither `null` nor a list. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Why a value cannot be a run id, or `null` when it can: the rest of a sentence that begins with its field. */
export function runIdFault(value: unknown): string | null {
  if (typeof value !== 'string') return `that is no text: ${quote(value)}`
  if (value.length > MAX_RUN_ID_LENGTH) return `over ${MAX_RUN_ID_LENGTH} characters`
  return UNPRINTABLE.test(value) ? 'with control characters' : null
}
