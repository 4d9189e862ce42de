/**
 * How many times as much of the processor a piece of work takes for `large` as for `small`: what grows with the size gives the
 * sizes' own ratio, what grows by the square that ratio squared, on a busy machine too. Of three rounds each the least counts,
 * because other work of the process only adds to it.
 */
export async function growthOfCpu<Size>(small: Size, large: Size, work: (size: Size) => unknown): Promise<number> {
  await work(small)
  const least = { small: Number.POSITIVE_INFINITY, large: Number.POSITIVE_INFINITY }
  for (let round = 0; round < 3; round++) {
    least.small = Math.min(least.small, await cpuMicroseconds(() => work(small)))
    least.large = Math.min(least.large, await cpuMicroseconds(() => work(large)))
  }
  return least.large / least.small
}

async function cpuMicroseconds(work: () => unknown): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return user + system
}
