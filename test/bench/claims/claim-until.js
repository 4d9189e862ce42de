/** Tasks that the contenders race for: more than any of them takes in the time. */
export const TASKS = 20_000

/**
 * Claims tasks for so many seconds: one at random of those that this contender does not know to be taken, then the next.
 *
 * @param {number} seconds
 * @param {(task: string) => Promise<boolean>} tryClaim whether it is this contender's
 * @param {ReadonlySet<string>} taken what is known to be taken; `tryClaim` may add to it
 * @returns {Promise<{ tasks: string[], seconds: number }>} what it has now, and how long it took
 */
export async function claimUntil(seconds, tryClaim, taken = new Set()) {
  const tasks = []
  const startedAt = performance.now()
  let elapsed = 0
  while (elapsed < seconds) {
    const task = `task-${Math.floor(Math.random() * TASKS)}`
    if (taken.has(task)) continue
    if (await tryClaim(task)) tasks.push(task)
    taken.add(task)
    elapsed = (performance.now() - startedAt) / 1000
  }
  return { tasks, seconds: elapsed }
}
