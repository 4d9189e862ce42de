import { JsonText } from '../base/json/json-text.js'
import { spelledLike } from '../base/json/spelling.js'
import { type Copy, type Entry, payloadAsSpelt } from './entry.js'
import { findId } from './find-id.js'
import type { Session } from './session.js'

/** A copy that another one stands before. */
export type ShadowedCopy = Pick<Copy, 'origin' | 'runId' | 'expiresAt' | 'token' | 'file'>

export type ShownRecord = Omit<Entry, 'arrivedAt' | 'shadowed'> & { readonly shadowed: readonly ShadowedCopy[] }

export interface ShowResult {
  /** In full. */
  readonly id: string
  /** The records of that id, as they stand. */
  readonly records: readonly ShownRecord[]
  /** Other records that hold the id anywhere. */
  readonly mentions: readonly Pick<Entry, 'kind' | 'recordId' | 'runId'>[]
}

/**
 * Everything that the session's workspace knows of an id.
 *
 * @param id of a record or a run, or its first characters, four at least
 * @throws `RECORD_UNKNOWN`, `RECORD_AMBIGUOUS`; `FILE_FAILED` where it may be in a file that cannot be read
 */
export function show(session: Session, id: string): ShowResult {
  const { view } = session.workspace
  const kinds = session.registry.all.map(({ name }) => name)
  view.takeUnread(kinds)
  const entries = kinds.flatMap((name) => view.entries(name))
  // A run may have no heartbeat yet.
  const ids = new Set(entries.flatMap(({ recordId, runId }) => [recordId, runId]))
  ids.delete('')
  const found = foundId(id, [...ids], () => view.assertRead(kinds))
  const mentions = entries.filter(
    (entry) => entry.recordId !== found && (entry.runId === found || holds(entry.payload, found)),
  )
  return {
    id: found,
    records: entries.filter(({ recordId }) => recordId === found).map(shown),
    mentions: mentions.map(({ kind, recordId, runId }) => ({ kind, recordId, runId })),
  }
}

/** The payload of a record as its writer spelt it: a number that no double holds, `1.50` as `1.50`. */
export function payloadText(session: Session, { payload, shadowed, ...record }: ShownRecord): JsonText {
  const { repo } = session.workspace
  // A kind may have combined it of several files.
  const documents = [record, ...shadowed].flatMap((copy) => payloadAsSpelt(repo, copy) ?? [])
  return new JsonText(spelledLike(payload, documents))
}

/** @param assertRead for an id that is not found, which may be in what could not be read */
function foundId(typed: string, ids: readonly string[], assertRead: () => void): string {
  try {
    return findId('record', typed, ids)
  } catch (error) {
    assertRead()
    throw error
  }
}

/** Whether a JSON value has a text, or a key, that is the id. */
function holds(value: unknown, id: string): boolean {
  if (typeof value !== 'object' || value === null) return value === id
  return Object.entries(value).some(([key, item]) => key === id || holds(item, id))
}

function shown({ arrivedAt: _, shadowed, ...record }: Entry): ShownRecord {
  const brief = ({ origin, runId, expiresAt, token, file }: Copy) => ({ origin, runId, expiresAt, token, file })
  return { ...record, shadowed: shadowed.map(brief) }
}
