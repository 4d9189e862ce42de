import { problemOf } from '../../../src/base/errors.js'
import { judgeNext, judgeOutcome, judgeRecords } from './examine-round.js'
import { NO_CALL, type Outcome, runFaulted } from './faulted-program.js'
import type { MadeStore, Round } from './plan.js'
import type { SmallDisk } from './small-disk.js'
import { lineOf, type SoakedVerb } from './soaked-verb.js'

/** How long a verb stays stopped that a rival meets. */
const STOPPED_MILLISECONDS = 400

export interface RoundPlace extends MadeStore {
  readonly executable: string
  /** The one that the store lies on, where it is to be full. */
  readonly disk?: SmallDisk | undefined
}

/** What a round met (`open .muse/coordination/tasks/t1.json`), and what may not be, a sentence each. */
export async function playRound(
  { plan, fault, call }: Round,
  { store, makeOther, executable, disk }: RoundPlace,
): Promise<{ readonly what: string; readonly sentences: readonly string[] }> {
  const { verb, plain, yielded } = plan
  const before = store.records()
  let rival: Promise<Outcome> | undefined
  const whileStopped = async () => {
    rival = runFaulted({ executable, store, line: verb.rival ?? ['status', '--json'], hit: NO_CALL })
    await Promise.race([rival, new Promise((resolve) => setTimeout(resolve, STOPPED_MILLISECONDS))])
  }
  disk?.leave(call - 1)
  const outcome = await runFaulted({
    ...{ executable, store, line: lineOf(verb, store), endsAt: verb.endsAt, input: verb.input?.(store) },
    hit: disk === undefined ? { fault, call } : NO_CALL,
    ...(fault === 'stop' && { whileStopped }),
  })
  disk?.widen()
  const met = await rival
  const after = store.records()
  const touched = met === undefined || verb.rival === undefined ? verb : { ...verb, touches: /./ }
  const sentences = [
    ...judgeOutcome(verb, fault, outcome, verb.answer?.(plain.stdout), before, after),
    ...judgeRecords(touched, before, after),
    ...(met === undefined ? [] : judgeRival(verb, outcome, met)),
  ]
  const hasWon = met === undefined || verb.rival === undefined || outcome.exitCode === 0
  const next = hasWon ? verb : { ...verb, exitCode: verb.lostExitCode ?? 6 }
  const judged = judgeNext(executable, next, store, makeOther, yielded)
  sentences.push(...(await judged.catch((error: unknown) => [`what comes next fails: ${problemOf(error)}`])))
  store.remove()
  return {
    what: disk === undefined ? (outcome.calls[0] ?? 'no such call') : `${call - 1} pages left`,
    sentences: sentences.map((one) => one.replaceAll(store.directory, '')),
  }
}

function judgeRival({ rival }: SoakedVerb, outcome: Outcome, met: Outcome): string[] {
  const said = `${met.stdout}${met.stderr}`
  if (met.isEndless) return ['who comes meanwhile does not end']
  if (rival === undefined) return met.exitCode === 0 ? [] : [`status ends with ${met.exitCode} meanwhile: ${said}`]
  if (outcome.exitCode === 0 && met.exitCode === 0) return [`both have it: ${outcome.stdout}${said}`]
  return outcome.exitCode === 0 || met.exitCode === 0 ? [] : [`nobody has it: ${outcome.stdout}${said}`]
}
