import { type CommandCall, coordError } from '../../src/plugin.js'
import { Child, type ChildEnd, type ChildOptions } from './child.js'
import type { CommandEnd, Hold } from './hold.js'
import { keep } from './keep.js'

export interface GuardOptions extends Omit<ChildOptions, 'stdoutTo'> {
  readonly holds: readonly Hold[]
  readonly ttlSeconds: number
  /** How long the command may take to end when it is asked to. */
  readonly graceSeconds: number
}

export interface Guarded extends ChildEnd {
  readonly end: CommandEnd
  /** Beats that did not come through. */
  readonly missedBeats: number
}

/**
 * Runs a command and keeps what it is run under. When one hold is lost, the command is ended. Signals go to the command.
 *
 * @throws `COMMAND_NOT_STARTED`; `INTERRUPTED` before it was started
 */
export async function guardCommand(call: CommandCall, options: GuardOptions): Promise<Guarded> {
  const { holds, ttlSeconds, graceSeconds } = options
  if (call.signal.aborted) throw coordError('INTERRUPTED')
  const child = await Child.start({ ...options, stdoutTo: call.output.json ? 'stderr' : 'stdout' })
  let isInterrupted = false
  const interrupt = (signal: NodeJS.Signals) => {
    isInterrupted = true
    child.forward(signal)
  }
  call.takeSignals?.(interrupt)
  // For callers that keep the signals, and for one that came while the command was being started.
  const onAbort = () => interrupt('SIGTERM')
  if (call.signal.aborted) onAbort()
  call.signal.addEventListener('abort', onAbort, { once: true })
  const stop = new AbortController()
  let missedBeats = 0
  let isLost = false
  const kept = holds.map(async (hold) => {
    const outcome = await keep(hold, ttlSeconds, stop.signal, (problem) => {
      missedBeats += 1
      call.output.note(`⚠️  ${hold.name} was not renewed: ${problem}`)
    })
    if (outcome !== 'lost') return
    isLost = true
    call.output.note(`❌ ${hold.name} is lost; the command is ended.`)
    await child.end(graceSeconds)
  })
  const ended = await child.ended
  call.signal.removeEventListener('abort', onAbort)
  stop.abort()
  await Promise.all(kept)
  for (const hold of holds) hold.abandon()
  return { ...ended, end: endOf(ended, isLost, isInterrupted), missedBeats }
}

function endOf({ exitCode, signal }: ChildEnd, isLost: boolean, isInterrupted: boolean): CommandEnd {
  if (isLost) return { how: 'lost' }
  if (exitCode === 0) return { how: 'succeeded' }
  if (isInterrupted) return { how: 'interrupted' }
  return { how: 'failed', why: signal === null ? `exit code ${exitCode}` : `ended by ${signal}` }
}
