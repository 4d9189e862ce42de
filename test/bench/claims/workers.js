import { Worker } from '../worker.js'

/**
 * Contenders that are a process each, ready to start at once.
 *
 * @param {readonly Worker[]} workers
 * @param {() => Promise<void>} closeRest
 */
export async function readyClaimers(workers, closeRest = async () => {}) {
  await Promise.all(workers.map((worker) => worker.do('ready')))
  return {
    list: workers.map((worker) => ({ claim: (seconds) => worker.do('claim', seconds) })),
    async close() {
      await Promise.all(workers.map((worker) => worker.close()))
      await closeRest()
    },
  }
}
