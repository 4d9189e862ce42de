import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { FAULTS, type Fault } from './fault.js'
import type { SoakStore } from './soak-store.js'

/** Loaded before the program. */
const PRELOAD = resolve('test/soak/files/file-faults.cjs')
/** What takes longer has no end: on a busy machine the slowest takes a few seconds. */
const LIMIT_MILLISECONDS = 30_000
/** What goes on for ever and does not come to where it is asked to end is asked to then. */
const PATIENCE_MILLISECONDS = 4_000

/** No call has this number: nothing fails, and nothing is told. */
export const NO_CALL = { fault: 'EIO', call: -1 } as const

export interface FaultedLine {
  /** The built program. */
  readonly executable: string
  readonly store: SoakStore
  readonly line: readonly string[]
  /** What stands on its standard input. */
  readonly input?: string | undefined
  /** Left out: every file call is told. */
  readonly hit?: { readonly fault: Fault; readonly call: number } | undefined
  /** How far its clock is ahead. */
  readonly aheadMilliseconds?: number
  /** It goes on until it is asked to end: which it is when it has said this, or by its patience. */
  readonly endsAt?: RegExp | undefined
  /** Called when it has been stopped; it goes on when that resolves. */
  readonly whileStopped?: () => Promise<void>
}

export interface Outcome {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
  /** The calls that were told. */
  readonly calls: readonly string[]
  /** It had not ended by itself. */
  readonly isEndless: boolean
}

/** Runs one command line of the program with a fault in one of its file calls. */
export async function runFaulted(options: FaultedLine): Promise<Outcome> {
  const { executable, store, line, input = '', hit, aheadMilliseconds = 0, endsAt, whileStopped } = options
  const faults = {
    directory: store.directory,
    ...(hit && { hit: { ...hit, ...FAULTS[hit.fault] } }),
    aheadMilliseconds,
  }
  const child = spawn(process.execPath, ['--require', PRELOAD, executable, ...line], {
    cwd: store.root,
    env: { ...store.env, FILE_FAULTS: JSON.stringify(faults) },
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  })
  let isEndless = false
  const limit = setTimeout(() => {
    isEndless = true
    child.kill('SIGKILL')
  }, LIMIT_MILLISECONDS)
  // A program that was killed reads nothing any more.
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const told = child.stdio[3] as Readable
  if (whileStopped !== undefined) told.once('data', () => void whileStopped().finally(() => child.kill('SIGCONT')))
  const [stdout, stderr, calls] = [child.stdout, child.stderr, told].map(textOf) as [
    () => string,
    () => string,
    () => string,
  ]
  let patience: NodeJS.Timeout | undefined
  if (endsAt !== undefined) {
    // Asked twice, it would not wait for what is under way.
    let isAsked = false
    const ask = () => {
      if (!isAsked) child.kill('SIGTERM')
      isAsked = true
    }
    patience = setTimeout(ask, PATIENCE_MILLISECONDS)
    child.stdout.on('data', () => {
      if (endsAt.test(stdout())) ask()
    })
  }
  const exitCode = await new Promise<number | null>((done) => child.on('close', done))
  clearTimeout(limit)
  clearTimeout(patience)
  const lines = calls()
    .split('\n')
    .filter((call) => call !== '')
  return { exitCode, stdout: stdout(), stderr: stderr(), calls: lines, isEndless }
}

/** What has come of a stream. */
function textOf(stream: Readable): () => string {
  let text = ''
  stream.setEncoding('utf8').on('data', (chunk) => {
    text += chunk
  })
  return () => text
}
