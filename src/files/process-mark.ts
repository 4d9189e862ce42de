import fs from 'node:fs'
import { randomHex } from '../base/node-crypto.js'
import { nodeOs } from '../base/node-os.js'
import { isJsonObject } from '../record/record.js'
import { bootId } from './boot-id.js'
import { machineId } from './machine-id.js'

/** The most bytes of a mark. */
export const MAX_MARK_BYTES = 1024

/** What can be said of the process that made a mark. `unknown`: it lives, or lived, where nobody here can look. */
export type ProcessLife = 'alive' | 'dead' | 'unknown'

/** Where a process runs: a process id means something there and nowhere else. */
interface Place {
  readonly host: string
  /** Tells machines apart whose hosts are named alike; `null`: it cannot be told. */
  readonly machine: string | null
  /** Linux: another one after each start of the machine; `null` where it should be and is not. Elsewhere `''`. */
  readonly boot: string | null
  /** Linux: of process ids; containers have their own. */
  readonly namespace: string | null
}

/** What tells a process from every other one, here and on other machines. */
export interface ProcessMark extends Place {
  readonly pid: number
  /** Linux: when the process was started, in ticks since the boot. A number that is given out again has another one. */
  readonly started: string | null
}

interface Mark extends ProcessMark {
  /** 16 hex digits, unlike those of any other mark. */
  readonly nonce: string
}

/** Linux gives this one to the machine itself, on every machine. */
const NAMESPACE_OF_MACHINE = 'pid:[4026531836]'

let ownPlace: Place | undefined

/** What a process writes into a file that says that it is at something; unlike that of any other. */
export function processMark(): string {
  const mark: Mark = { ...markOf(process.pid), nonce: randomHex(8) }
  return JSON.stringify(mark)
}

/** The mark of any process of this machine. */
export function markOf(pid: number): ProcessMark {
  return { pid, started: startOf(pid), ...placeHere() }
}

/** Whether the process that made a mark is still there. Its age says nothing: a process may sleep for as long as it likes. */
export function lifeOf(text: string): ProcessLife {
  const mark = parseMark(text)
  return mark === null ? 'unknown' : lifeOfProcess(mark)
}

/** The same of a mark that stands in a record. */
export function lifeOfProcess(mark: ProcessMark): ProcessLife {
  const here = placeHere()
  if (isEarlierStart(mark, here)) return 'dead'
  if (!isSamePlace(mark, here)) return 'unknown'
  return isAlive(mark) ? 'alive' : 'dead'
}

/** Whether it is this process that made a mark. */
export function isOfThisProcess(text: string): boolean {
  const mark = parseMark(text)
  return mark !== null && mark.pid === process.pid && isSamePlace(mark, placeHere())
}

/** What tells a mark from all others; `null` for what is none. */
export function nonceOf(text: string): string | null {
  return parseMark(text)?.nonce ?? null
}

/** Whose mark it is, for a sentence: `process 12 on web-1`. */
export function describeMark(text: string): string {
  const mark = parseMark(text)
  if (mark === null) return 'a process that nobody can tell from the file'
  const where = isSamePlace(mark, placeHere()) ? '' : ', in another container or on another machine'
  return `process ${mark.pid} on ${mark.host}${where}`
}

function isSamePlace(mark: Place, here: Place): boolean {
  if (here.boot === '') return mark.boot === '' && mark.host === here.host
  return here.boot !== null && mark.boot === here.boot && here.namespace !== null && mark.namespace === here.namespace
}

/** Whether a mark was made before this machine was started, outside of any container: all of its processes are gone. */
function isEarlierStart({ machine, boot, namespace }: Place, here: Place): boolean {
  if (namespace !== NAMESPACE_OF_MACHINE || boot === null || here.boot === null || boot === here.boot) return false
  return machine !== null && machine === here.machine
}

function isAlive({ pid, started }: ProcessMark): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // Without the right to signal it, it is there all the same.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  const start = startOf(pid)
  return start === null || started === null || start === started
}

function placeHere(): Place {
  ownPlace ??= {
    host: nodeOs().hostname(),
    // Asked for only where two starts of a machine are compared, and by what makes a mark: it loads cryptography.
    get machine() {
      return machineId()
    },
    boot: process.platform === 'linux' ? bootId() : '',
    namespace: process.platform === 'linux' ? readOrNull(() => fs.readlinkSync('/proc/self/ns/pid')) : '',
  }
  return ownPlace
}

/** `null` where it cannot be told. A process that has ended and that its parent has not asked after has no start either. */
function startOf(pid: number): string | null {
  const stat = readOrNull(() => fs.readFileSync(`/proc/${pid}/stat`, 'latin1'))
  // The name in brackets, the second field, may hold anything.
  const [state = '', ...fields] = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? []
  if (state === 'Z' || state === 'X') return 'ended'
  return fields[18] ?? null
}

/** What a system or a sandbox does not show is not known, and then nobody is taken for dead. */
function readOrNull(read: () => string): string | null {
  try {
    return read()
  } catch {
    return null
  }
}

function parseMark(text: string): Mark | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  const mark = readProcessMark(value)
  if (mark === null || !isJsonObject(value)) return null
  const { nonce } = value
  return typeof nonce === 'string' && /^[0-9a-f]{16}$/.test(nonce) ? { ...mark, nonce } : null
}

/** The mark that a JSON value is, whoever wrote it; `null`: it is none. */
export function readProcessMark(value: unknown): ProcessMark | null {
  if (!isJsonObject(value)) return null
  const { pid, started, host, machine, boot, namespace } = value
  if (!Number.isSafeInteger(pid) || (pid as number) <= 0 || typeof host !== 'string') return null
  const textOrNull = (field: unknown) => (typeof field === 'string' ? field : null)
  return {
    pid: pid as number,
    started: textOrNull(started),
    host,
    machine: textOrNull(machine),
    boot: textOrNull(boot),
    namespace: textOrNull(namespace),
  }
}
