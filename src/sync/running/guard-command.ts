import { coordError } from '../../base/errors.js'
import type { Session } from '../../workspace/session.js'
import { Child, type ChildEnd, type ChildOptions } from './child.js'
import type { CommandEnd, Held } from './holder.js'
import { renewUntil } from './renew-until.js'

export interface GuardOptions extends ChildOptions {
  readonly holds: readonly Held[]
  readonly ttlSeconds: number
  /** From its call on SIGINT, SIGTERM, SIGHUP and SIGQUIT go to the listener and do nothing else. Left out: signals stay with the caller. */
  readonly takeSignals?: ((listener: (signal: NodeJS.Signals) => void) => void) | undefined
}

export interface Guarded extends ChildEnd {
  readonly end: CommandEnd
  /** Beats that did not come through. */
  readonly missedBeats: number
}

/**
 * Runs a command, and renews what it is run under for as long as that takes. When one hold is lost, the command is ended. Signals go to the command.
 *
 * @throws `INTERRUPTED` before it was started
 */
export async function guardCommand(session: Session, options: GuardOptions): Promise<Guarded> {
  const { holds, ttlSeconds, graceSeconds, takeSignals } = options
  const { signal } = session
  if (signal.aborted) throw coordError('INTERRUPTED')
  let child: Child | null = null
  let sentFirst: NodeJS.Signals | null = null
  const interrupt = (sent: NodeJS.Signals) => {
    sentFirst ??= sent
    child?.forward(sent)
  }
  // Before the start: a signal that nobody takes ends this process, and leaves the command to run on.
  takeSignals?.(interrupt)
  const started = await Child.start(options)
  child = started
  // For callers that keep the signals, and for one that came while the command was being started.
  const onAbort = () => interrupt('SIGTERM')
  if (sentFirst !== null) started.forward(sentFirst)
  else if (signal.aborted) onAbort()
  signal.addEventListener('abort', onAbort, { once: true })
  const stop = new AbortController()
  let missedBeats = 0
  let isLost = false
  const renewed = holds.map(async (held) => {
    const outcome = await renewUntil(held, ttlSeconds, stop.signal, (problem) => {
      missedBeats += 1
      session.note(`⚠️  ${held.name} was not renewed: ${problem}`)
    })
    if (outcome !== 'lost') return
    isLost = true
    session.note(`❌ ${held.name} is lost; the command is ended.`)
    await started.end(graceSeconds)
  })
  const ended = await started.ended
  signal.removeEventListener('abort', onAbort)
  stop.abort()
  await Promise.all(renewed)
  for (const held of holds) held.abandon()
  return { ...ended, end: endOf(ended, isLost, sentFirst !== null), missedBeats }
}

function endOf({ exitCode, signal }: ChildEnd, isLost: boolean, isInterrupted: boolean): CommandEnd {
  if (isLost) return { how: 'lost' }
  if (exitCode === 0) return { how: 'succeeded' }
  if (isInterrupted) return { how: 'interrupted' }
  return { how: 'failed', why: signal === null ? `exit code ${exitCode}` : `ended by ${signal}` }
}
