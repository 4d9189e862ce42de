/**
 * An id that a payload names, as a value or as a key. Text in a payload that looks like one counts as one: what is
 * named too often is kept longer, and nothing else comes of it. The quotes belong to none, so each can end one and begin another.
 */
const ID = /(?<=")[\w:-]+(?=")/g

/** A letter, digit or mark of an id, written as an escape. No common writer of JSON does that. */
const ESCAPED = /\\u00[2-7]/

/** The ids that a payload names, and some words more; `null`: it may name any. */
export function namedIds(payloadJson: string): readonly string[] | null {
  return ESCAPED.test(payloadJson) ? null : (payloadJson.match(ID) ?? [])
}

/** The same for a database that knows regular expressions of this kind. */
export const NAMED_IDS_SQL = { id: '(?<=")[a-zA-Z0-9_:-]+(?=")', escaped: String.raw`\\u00[2-7]` }
