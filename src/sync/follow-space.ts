import { setTimeout as sleep } from 'node:timers/promises'
import { asCoordError } from '../errors.js'
import { type PullOptions, pull } from './pull.js'

export interface FollowOptions extends Omit<PullOptions, 'all' | 'keepRecords' | 'limit' | 'sinceId' | 'onProgress'> {
  readonly signal: AbortSignal
  /** Called with the sentence of each failure that is not that of the one before. */
  readonly onTrouble: (message: string) => void
}

const SHORTEST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 15_000
const GROWTH = 1.5

/**
 * Keeps bringing into the workspace what the others push to the space, until `signal` aborts: pulls with pauses that grow
 * while nothing comes. A hub that is out of reach for a while is reported and waited for. Never rejects.
 */
export async function followSpace(options: FollowOptions): Promise<void> {
  const { signal, onTrouble, ...target } = options
  let pause = SHORTEST_PAUSE_MS
  let trouble = ''
  for (;;) {
    await sleep(pause, undefined, { signal }).catch(() => {})
    if (signal.aborted) return
    try {
      const { count } = await pull({ ...target, signal, all: true, keepRecords: false })
      pause = count > 0 ? SHORTEST_PAUSE_MS : Math.min(pause * GROWTH, LONGEST_PAUSE_MS)
      trouble = ''
    } catch (error) {
      if (signal.aborted) return
      const { message } = asCoordError(error)
      if (message !== trouble) onTrouble(message)
      trouble = message
      pause = Math.min(pause * GROWTH, LONGEST_PAUSE_MS)
    }
  }
}
