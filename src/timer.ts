/** Starts a stopwatch; each call of it tells the milliseconds since, to a microsecond. */
export function startTimer(): () => number {
  const startedAt = performance.now()
  return () => Math.round((performance.now() - startedAt) * 1000) / 1000
}
