import { pull } from '../../../src/sync/pull/pull.js'
import { push } from '../../../src/sync/push/push.js'
import { findUnsent } from '../../../src/sync/push/unsent.js'
import { status } from '../../../src/sync/status/status.js'
import { FAULTS, type Fault, isRequestToEnd } from './fault.js'
import { NO_CALL, type Outcome, runFaulted } from './faulted-program.js'
import type { SoakStore } from './soak-store.js'
import { lineOf, type SoakedVerb } from './soaked-verb.js'

/** Later than temporary files are taken for abandoned, and earlier than what is over is removed. */
const TWO_HOURS = 2 * 3600_000
const STACK_TRACE = /\n\s+at .+:\d+:\d+|node:internal/
const PROGRAM_FAULT = 3
const HELD = 6
const TIMED_OUT = 8
/** As the program ends by a signal, unless that came before it listens; 143 where it hands SIGTERM on to a program of its own. */
const INTERRUPTED: readonly (number | null)[] = [130, 143, null]

type Records = ReadonlyMap<string, string>

/** What a command that met a fault may not say, a sentence each. */
export function judgeOutcome(
  verb: SoakedVerb,
  fault: Fault,
  outcome: Outcome,
  answer: unknown,
  before: Records,
  after: Records,
): string[] {
  const { exitCode, stdout, stderr, isEndless } = outcome
  const { exitCode: expected = 0, leaves, isOpen = false } = verb
  if (isEndless) return ['it does not end']
  if (fault === 'kill') return []
  const said = `${stdout}${stderr}`
  const violations: string[] = []
  if (STACK_TRACE.test(said)) violations.push(`it shows a stack trace: ${said}`)
  if (exitCode === PROGRAM_FAULT) violations.push(`it calls that a fault of its own: ${said}`)
  if (isRequestToEnd(fault) && INTERRUPTED.includes(exitCode)) return violations
  const { told } = FAULTS[fault]
  const isTold = told?.test(said) ?? false
  // To tell of the fault is not enough where yes is what an agent goes by.
  if (!isOpen && (expected === HELD || expected === TIMED_OUT) && exitCode === 0)
    violations.push(`it says yes to what another has: ${said}`)
  else if (exitCode !== expected) {
    if (fault !== 'stop' && !isTold) violations.push(`it ends with ${exitCode} and says something else: ${said}`)
  } else {
    if (leaves !== undefined && !changed(before, after).some((name) => leaves.test(name)))
      violations.push(`it says that it is done, and nothing was written: ${said}`)
    if (!isTold && verb.answer !== undefined && JSON.stringify(verb.answer(stdout)) !== JSON.stringify(answer))
      violations.push(`it tells less than it knows, and not why: ${said}`)
  }
  return violations
}

/** What may not be found in a store afterwards. */
export function judgeRecords({ touches }: SoakedVerb, before: Records, after: Records): string[] {
  const broken = [...after].filter(([, text]) => !isJson(text)).map(([name]) => `${name} is no JSON`)
  const isOwn = (name: string) => !name.startsWith('remote/') && !touches?.test(name)
  const lost = [...before.keys()].filter((name) => isOwn(name) && !after.has(name)).map((name) => `${name} is lost`)
  const others = [...before]
    .filter(([name, text]) => isOwn(name) && (after.get(name) ?? text) !== text)
    .map(([name]) => `${name} is another`)
  return [...broken, ...lost, ...others]
}

/** Whether those who come next can go on: the same command, others of the store, its hub, and `gc`. */
export async function judgeNext(
  executable: string,
  verb: SoakedVerb,
  store: SoakStore,
  makeOther: () => SoakStore,
  yielded: unknown,
): Promise<string[]> {
  const violations: string[] = []
  const line = lineOf(verb, store)
  const { exitCode: expected = 0, again = [], endsAt, yields } = verb
  const input = verb.input?.(store)
  const second =
    endsAt === undefined
      ? await store.run(line, input)
      : await runFaulted({ executable, store, line, input, hit: NO_CALL, endsAt })
  if (![expected, ...again].some((code) => code === second.exitCode))
    violations.push(`the next time it ends with ${second.exitCode}: ${second.stdout}${second.stderr}`)
  const found = JSON.stringify(yields?.(store))
  if (found !== JSON.stringify(yielded)) violations.push(`then there is ${found}, not ${JSON.stringify(yielded)}`)
  const before = store.records()
  const collected = await collectGarbage(executable, store)
  if (collected.exitCode !== 0)
    violations.push(`gc ends with ${collected.exitCode}: ${collected.stdout}${collected.stderr}`)
  const left = store.temporaryFiles()
  if (left.length > 0) violations.push(`gc leaves ${left.join(', ')}`)
  const isOver = ([name]: [string, string]) => /^reservations\/old\d/.test(name) || (verb.sends?.test(name) ?? false)
  const lasting = new Map([...before].filter((record) => !isOver(record)))
  violations.push(...judgeRecords({ line: [] }, lasting, store.records()))
  const { problems } = await status(await store.session())
  if (problems.length > 0) violations.push(`status tells of ${JSON.stringify(problems)}`)
  if (store.hub !== null) violations.push(...(await judgeHub(store, makeOther, before)))
  return violations
}

/** Temporary files are left to whoever may still write them: only a process can be told that it is later. */
function collectGarbage(executable: string, store: SoakStore) {
  const line = ['gc', '--json']
  if (store.temporaryFiles().length === 0) return store.run(line)
  return runFaulted({ executable, store, line, hit: NO_CALL, aheadMilliseconds: TWO_HOURS })
}

async function judgeHub(store: SoakStore, makeOther: () => SoakStore, written: Records): Promise<string[]> {
  const { failed, errors, rejected, ignored } = await push(await store.session())
  if (failed || rejected.length > 0 || ignored.length > 0)
    return [`a push leaves out ${JSON.stringify([errors, rejected, ignored])}`]
  const { files } = await findUnsent(await store.session())
  const { records } = await pull(await makeOther().session(), { all: true })
  const there = new Set(records.map(({ recordId }) => recordId))
  const missing = [...written.keys()].filter(
    (name) => !name.startsWith('remote/') && !there.has(name.slice(name.indexOf('/') + 1, -'.json'.length)),
  )
  return [
    ...[...files].map((file) => `${file} is not sent after a push`),
    ...missing.map((name) => `${name} is sent, and not at the hub`),
  ]
}

function changed(before: Records, after: Records): string[] {
  return [...after].filter(([name, text]) => before.get(name) !== text).map(([name]) => name)
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
