/**
 * The middle of the samples, and how far they lie apart.
 *
 * @param {readonly number[]} samples at least one
 */
export function summary(samples) {
  const sorted = [...samples].sort((one, other) => one - other)
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]
  const middle = sorted.length >> 1
  const median = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  return { median, low: sorted[0], high: sorted.at(-1), p95: at(0.95), count: sorted.length }
}
