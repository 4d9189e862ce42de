/**
 * Milliseconds of processor that a piece of work takes in this process. On a machine that has other things to do it says more
 * than the clock, and a bound of seconds on it still catches what grows by the square.
 */
export async function cpuMilliseconds(work: () => unknown): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}
