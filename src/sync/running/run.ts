import { asCoordError, coordError } from '../../base/errors.js'
import { quote } from '../../base/quote.js'
import { containPart, partOrigin } from '../../kinds/containment/contain-part.js'
import { pluginFailed } from '../../kinds/containment/plugin-failed.js'
import { asWritten } from '../../record/wire.js'
import { isHeldBy } from '../../workspace/holds.js'
import { PROCESS_VARIABLE } from '../../workspace/origin.js'
import { readLivingHolds } from '../../workspace/run-entry.js'
import type { Session } from '../../workspace/session.js'
import { type Guarded, type GuardOptions, guardCommand } from './guard-command.js'
import { holdLease } from './hold-lease.js'
import { type CommandEnd, type Held, type HeldEnd, type HoldWish, holdersOf } from './holder.js'

export interface RunRequest
  extends Pick<GuardOptions, 'command' | 'takeSignals'>,
    Pick<HoldWish, 'runId' | 'ttlSeconds'>,
    Partial<Pick<HoldWish, 'deny' | 'retry' | 'isOffline'>> {
  /** What to hold: by records of which kind. In this order; what was taken last ends first. */
  readonly holds: readonly { readonly kind: string; readonly what: readonly string[] }[]
  /** The run worked in another place before, and goes on here: that place is told so when it asks for anything. */
  readonly resume?: boolean
  /** How long the command may take to end when it is asked to; 10 when left out. */
  readonly graceSeconds?: number
  /** Where the command's standard output goes; `stdout` when left out. */
  readonly stdoutTo?: 'stdout' | 'stderr'
}

export interface RunResult {
  /** Of the command; 128 and the number of the signal that ended it. */
  readonly exitCode: number
  readonly signal: NodeJS.Signals | null
  /** What it held was lost to another run. */
  readonly lost: boolean
  /** Renewals that did not come through. */
  readonly missedBeats: number
  /** What became of what it held. */
  readonly ended: readonly HeldEnd[]
}

/** Runs a command that holds something for as long as it takes. What cannot be had stops it before it is started. */
export async function run(session: Session, request: RunRequest): Promise<RunResult> {
  const { holds: wanted, command, ttlSeconds, takeSignals, graceSeconds = 10, stdoutTo = 'stdout' } = request
  const { deny = false, retry = false, isOffline = false, resume = false, runId } = request
  const holders = new Map(holdersOf(session).map((holder) => [holder.kind, holder]))
  if (resume) for (const holder of holders.values()) await holder.resume?.(session, { runId, isOffline })
  const holds: Held[] = []
  const ofPlugins = new Set<Held>()
  const lifeline = lifelineOf(session, runId)
  let guarded: Guarded
  try {
    for (const { kind, what } of wanted) {
      const wish = { what, runId, ttlSeconds, deny, retry, isOffline }
      const holder = holders.get(kind)
      const got = await (holder?.acquire(session, wish) ?? holdLease(session, kind, wish))
      const origin = holder === undefined ? undefined : partOrigin(holder)
      const held = origin === undefined ? got : foreignHeld(got, origin)
      holds.push(held)
      if (origin !== undefined) ofPlugins.add(held)
    }
    const variables = ['MUSE_COORD_TOKEN', ...[...holders.values()].flatMap((holder) => holder.variables)]
    // What an outer `run` holds is not what this command runs under.
    const none = Object.fromEntries(variables.map((variable) => [variable, undefined]))
    const environment = Object.assign({}, session.env, none, lifeline, ...holds.map((held) => held.environment))
    const { directory } = session
    const place = { command, directory, environment, stdoutTo, takeSignals }
    guarded = await guardCommand(session, { ...place, holds, ttlSeconds, graceSeconds })
  } catch (error) {
    await endAll(holds, ofPlugins, { how: 'not_started' }).catch((end: unknown) =>
      session.note(`⚠️  ${asCoordError(end).message}`),
    )
    throw error
  }
  const ended = await endAll(holds, ofPlugins, guarded.end)
  const { exitCode, signal, missedBeats } = guarded
  return {
    exitCode,
    signal,
    lost: guarded.end.how === 'lost' || ended.some(({ isLost }) => isLost),
    missedBeats,
    ended,
  }
}

/**
 * What ties to this process whatever the command takes for the run by itself. A run that names its process already goes on
 * naming that one, and one that holds something before lives longer than this command.
 */
function lifelineOf({ workspace, env }: Session, runId: string): Readonly<Record<string, string>> {
  if (env[PROCESS_VARIABLE] || readLivingHolds(workspace).some((hold) => isHeldBy(workspace, hold, runId))) return {}
  return { [PROCESS_VARIABLE]: String(process.pid) }
}

/** What a plugin's holder has given, its functions told from the program's. Throws `PLUGIN_FAILED`. */
function foreignHeld(held: unknown, origin: string): Held {
  const { renew, abandon, end } = (held ?? {}) as Partial<Held>
  if ([renew, abandon, end].every((one) => typeof one === 'function')) return containPart(held, origin, 'hold') as Held
  throw pluginFailed(
    origin,
    'it returned nothing that can be renewed, abandoned and ended',
    'in acquire of its holder: ',
  )
}

/** `lock/deploy`: the kind, and the id of what is held by it. Throws `FLAG_VALUE`. */
export function parseHold(text: string): RunRequest['holds'][number] {
  const at = text.indexOf('/')
  if (at < 1 || at === text.length - 1)
    throw coordError('FLAG_VALUE', '--hold', quote(text), 'a kind and an id: lock/deploy')
  return { kind: text.slice(0, at), what: [text.slice(at + 1)] }
}

/** The last one taken ends first. One that cannot be ended keeps the others from nothing; its error is thrown after them. */
async function endAll(holds: readonly Held[], ofPlugins: ReadonlySet<Held>, end: CommandEnd): Promise<HeldEnd[]> {
  const ended: HeldEnd[] = []
  const failures: unknown[] = []
  for (const held of holds.toReversed()) {
    await held.end(end).then(
      (one) => ended.push(ofPlugins.has(held) ? { ...one, report: asWritten(one.report) } : one),
      (error: unknown) => failures.push(error),
    )
  }
  if (failures.length > 0) throw failures[0]
  return ended
}
