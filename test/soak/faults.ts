import { setTimeout as sleep } from 'node:timers/promises'
import type { HubProcess } from './hub-process.js'
import type { Random } from './random.js'

/** What can be broken. */
export interface Breakable {
  readonly hubs: readonly HubProcess[]
  /** Ends the database server without a chance to do anything, and all its connections; left out where there is none. */
  readonly crashDatabase?: ((signal: 'SIGQUIT' | 'SIGKILL') => Promise<void>) | undefined
  readonly startDatabase?: (() => Promise<void>) | undefined
  /** Called whenever a hub has gone down or has come up. */
  readonly onChange: () => void
}

const WEIGHTS = { hubKilled: 4, hubStopped: 1, hubFrozen: 2, databaseCrashed: 3 }
export type Break = keyof typeof WEIGHTS

const BETWEEN_MS = { least: 200, most: 900 }
const DOWN_MS = { least: 50, most: 500 }

/** Breaks one thing after the other, and mends each, until the signal is aborted; counts what it did. */
export async function breakThings(things: Breakable, random: Random, signal: AbortSignal): Promise<Map<Break, number>> {
  const done = new Map<Break, number>()
  const { hubs, crashDatabase, startDatabase, onChange } = things
  const weights = { ...WEIGHTS, databaseCrashed: crashDatabase === undefined ? 0 : WEIGHTS.databaseCrashed }
  const pause = ({ least, most }: typeof BETWEEN_MS) => random.between(least, most)
  for (;;) {
    await sleep(pause(BETWEEN_MS), undefined, { signal }).catch(() => undefined)
    if (signal.aborted) return done
    const what = random.weighted(weights)
    const hub = hubs[random.between(0, hubs.length - 1)] as HubProcess
    const downMs = pause(DOWN_MS)
    done.set(what, (done.get(what) ?? 0) + 1)
    switch (what) {
      case 'hubKilled':
      case 'hubStopped': {
        const ended = what === 'hubKilled' ? hub.kill() : hub.stop()
        onChange()
        await ended
        await sleep(downMs)
        await hub.start()
        onChange()
        break
      }
      case 'hubFrozen':
        await hub.freeze(downMs)
        break
      case 'databaseCrashed':
        await crashDatabase?.(random.next() < 0.5 ? 'SIGQUIT' : 'SIGKILL')
        await sleep(downMs)
        await startDatabase?.()
        break
    }
  }
}
