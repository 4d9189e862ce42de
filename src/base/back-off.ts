const LONGEST_MS = 30_000

/**
 * Milliseconds to wait after so many failures in a row, 1 for the first: twice as long after each, 30 seconds at most.
 * Chance makes it a quarter longer or shorter, so that those who failed together do not come back together.
 */
export function backOffMs(failures: number, firstMs: number): number {
  const pauseMs = Math.min(firstMs * 2 ** (failures - 1), LONGEST_MS)
  return Math.round(pauseMs * (0.75 + Math.random() / 2))
}
