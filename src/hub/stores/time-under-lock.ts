/**
 * The time of a push: a reading of the store's clock, unless that was set back since the space received its last record.
 * Then the time of that record: times ascend with the ids, so what was judged as lapsed stays so.
 *
 * @param read milliseconds since 1970, read while other writers of the space wait
 * @param lastReceivedAt ISO 8601; `null` in an empty space
 */
export function timeUnderLock(read: number, lastReceivedAt: string | null): number {
  return lastReceivedAt === null ? read : Math.max(read, Date.parse(lastReceivedAt))
}
