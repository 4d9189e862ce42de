import { quote } from '../../base/quote.js'
import { isJsonObject } from '../../record/record.js'
import type { Kind } from '../kind.js'

/** The fields of a kind that are functions. */
export type Callback = {
  [Name in keyof Kind]-?: NonNullable<Kind[Name]> extends (...given: never[]) => unknown ? Name : never
}[keyof Kind]

/** Why an answer cannot be used; `null`: it can. */
type Judge = (answer: unknown) => string | null

/** Of the callbacks that are handed all records and return what is asked of each: what that may answer. */
export const ANSWERS_OF_EACH: Readonly<Partial<Record<Callback, Judge>>> = {
  ends: (end) => (end === null || Number.isFinite(end) ? null : `it gave no time in milliseconds: ${quote(end)}`),
  state: shaped('state', { state: isText, isOver: isTruth, what: isText, runId: isText, until: isTimeOrNever }),
}

const HOLD = shaped('hold', {
  ...{ kind: isText, recordId: isFullText, what: isFullText, runId: isText },
  ...{ until: isTimeOrNever, isExclusive: isTruth },
})

/** What the others may answer. An expiry is judged where a record is sealed, for it may be the payload's fault. */
export const ANSWERS: Readonly<Record<Exclude<Callback, 'ends' | 'state' | 'expiresAt'>, Judge>> = {
  describe: (line) => (isText(line) ? null : `it gave no text: ${quote(line)}`),
  after: listOf((id) => (isText(id) ? null : `it gave an id that is no text: ${quote(id)}`)),
  holds: listOf(HOLD),
  intends: listOf(HOLD),
  mayHold: listOf((path) => (isText(path) ? null : `it gave a path that is no text: ${quote(path)}`)),
  rank: (rank) =>
    isText(rank) && /^[\x20-\x7e]*$/.test(rank as string) ? null : `it gave no text of ASCII: ${quote(rank)}`,
  open: listOf(shaped('thing to take', { kind: isText, recordId: isFullText, what: isText, state: isText })),
  beats: (beat) =>
    beat === null ? null : shaped('beat', { runId: isText, at: isTimeOrNever, until: isTimeOrNever })(beat),
  combine: (payload) => (isJsonObject(payload) ? null : `it gave no JSON object: ${quote(payload)}`),
  meet: (answer) => (isTruth(answer) ? null : `it gave neither true nor false: ${quote(answer)}`),
  giveBack: shaped('record', { kind: isText, payload: isJsonObject }),
  goodbye: shaped('record', { kind: isText, payload: isJsonObject }),
}

/** The callbacks that answer with a list, which may be a generator's. */
export const LISTS: ReadonlySet<Callback> = new Set(['after', 'holds', 'intends', 'mayHold', 'open'])

export function isList(answer: unknown): answer is Iterable<unknown> {
  return typeof answer === 'object' && answer !== null && Symbol.iterator in answer
}

function listOf(judge: Judge): Judge {
  return (answer) => {
    if (!isList(answer)) return `it gave no list: ${quote(answer)}`
    for (const item of answer) {
      const problem = judge(item)
      if (problem !== null) return problem
    }
    return null
  }
}

function shaped(name: string, fields: Readonly<Record<string, (value: unknown) => boolean>>): Judge {
  return (answer) => {
    if (!isJsonObject(answer)) return `it gave a ${name} that is no object: ${quote(answer)}`
    for (const [field, isRight] of Object.entries(fields)) {
      if (!isRight(answer[field])) return `it gave a ${name} whose ${field} is ${quote(answer[field])}`
    }
    return null
  }
}

function isText(value: unknown): boolean {
  return typeof value === 'string'
}

function isFullText(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}

function isTruth(value: unknown): boolean {
  return typeof value === 'boolean'
}

function isTimeOrNever(value: unknown): boolean {
  return value === null || Number.isFinite(value)
}
