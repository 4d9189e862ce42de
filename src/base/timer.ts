/** Milliseconds since some moment, by a clock that nobody sets, to a microsecond. */
export function ticks(): number {
  // Not `performance.now()`: the first look at `performance` loads a module of Node's, a twentieth of its start.
  return Number(process.hrtime.bigint() / 1000n) / 1000
}

/** Starts a stopwatch; each call of it tells the milliseconds since, to a microsecond. */
export function startTimer(): () => number {
  const startedAt = ticks()
  return () => Math.round((ticks() - startedAt) * 1000) / 1000
}
