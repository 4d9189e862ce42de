/** What was thrown because records could not be read, whoever asked for them. */
const faults = new WeakSet<object>()

/** Reads records on behalf of a kind's code: what that throws is a fault of the files or of the index, and not the kind's. */
export function readingRecords<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (typeof error === 'object' && error !== null) faults.add(error)
    throw error
  }
}

/** Whether something was thrown by the reading of records. */
export function isOfRecords(thrown: unknown): boolean {
  return typeof thrown === 'object' && thrown !== null && faults.has(thrown)
}
