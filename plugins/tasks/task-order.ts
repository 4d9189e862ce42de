/** What decides which task comes first. */
export interface Ranked {
  readonly taskId: string
  /** Higher first. */
  readonly priority: number
  /** Milliseconds since 1970; `null` where the task does not tell, and then it comes after those that do. */
  readonly createdAt: number | null
}

/** The order in which tasks are claimed: highest priority, then oldest, then by id. For `Array.sort`. */
export function taskOrder(one: Ranked, other: Ranked): number {
  return (
    other.priority - one.priority ||
    compare(one.createdAt ?? Number.POSITIVE_INFINITY, other.createdAt ?? Number.POSITIVE_INFINITY) ||
    compare(one.taskId, other.taskId)
  )
}

/** Not by the language of the machine: all of them must come to the same order. */
function compare<Value extends number | string>(one: Value, other: Value): number {
  return one < other ? -1 : one > other ? 1 : 0
}
