/** Starts a stopwatch; each call of it tells the milliseconds since, to a microsecond. */
export function startTimer(): () => number {
  // Not `performance.now()`: the first look at `performance` loads a module of Node's, a hundredth of its start.
  const startedAt = process.hrtime.bigint()
  return () => Number((process.hrtime.bigint() - startedAt) / 1000n) / 1000
}
