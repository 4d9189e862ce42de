import { Worker } from 'node:worker_threads'
import { progress, TURNS } from './plugin-code.js'

/** Under which the judge of {@link startWatchdog} is found by what runs in the middle of an endless loop. */
const JUDGE = 'muse-coord.watchdog-judge'

const TICK_MILLISECONDS = 250

/**
 * Watches from another thread whether this one goes on: a loop that never ends lets nothing run here that could tell. Once
 * nothing has gone on for some seconds, `judge` is called in the middle of whatever runs. Where Node has no inspector, or
 * threads are forbidden, nothing is watched.
 *
 * @param judge may end the process, or let it go on
 */
export async function startWatchdog(stuckSeconds: number, judge: () => void): Promise<void> {
  Object.defineProperty(globalThis, Symbol.for(JUDGE), { value: judge, configurable: true })
  // Steps and not a clock: a process that was stopped, or a machine that slept, has not been in a loop.
  const steps = Math.ceil((stuckSeconds * 1000) / TICK_MILLISECONDS)
  const workerData = { progress, steps, tick: TICK_MILLISECONDS, judge: JUDGE }
  try {
    const worker = new Worker(`(${watch})()`, { eval: true, workerData, stdin: false })
    worker.unref()
    // The thread needs this one to start: what is called before it is up would not be watched.
    await new Promise<void>((resolve) => {
      worker.once('message', () => resolve())
      worker.once('error', () => resolve())
    })
    worker.on('error', () => {})
    // Its first message has held the process; from now on nothing of it does.
    worker.unref()
  } catch {
    return // A process under --permission, which has to allow threads.
  }
  setInterval(() => Atomics.add(progress, TURNS, 1), TICK_MILLISECONDS).unref()
}

/** Runs in the other thread, by its text: it can name nothing outside of itself. */
function watch(): void {
  const { parentPort, workerData } = process.getBuiltinModule('node:worker_threads')
  const { Session } = process.getBuiltinModule('node:inspector')
  const { progress, steps, tick, judge } = workerData
  let seen = ''
  let unchanged = 0
  setInterval(() => {
    const now = `${Atomics.load(progress, 0)} ${Atomics.load(progress, 1)}`
    unchanged = now === seen ? unchanged + 1 : 0
    seen = now
    if (unchanged !== steps) return
    const session = new Session()
    session.connectToMainThread()
    const expression = `globalThis[Symbol.for(${JSON.stringify(judge)})]()`
    session.post('Runtime.evaluate', { expression }, () => session.disconnect())
  }, tick)
  parentPort?.postMessage('up')
}
