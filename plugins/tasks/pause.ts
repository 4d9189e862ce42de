import { setTimeout as sleep } from 'node:timers/promises'
import { coordError } from '../../src/plugin.js'

/**
 * A short while of its own for each process, so that those that met do not meet again at once.
 *
 * @throws `INTERRUPTED`
 */
export async function pause(signal: AbortSignal): Promise<void> {
  await sleep(10 + Math.random() * 40, undefined, { signal }).catch(() => {
    throw coordError('INTERRUPTED')
  })
}
