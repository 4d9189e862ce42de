import { closeSync, writeSync } from 'node:fs'
import { url as debuggerUrl } from 'node:inspector'
import { type CoordError, coordError, problemOf } from '../../base/errors.js'
import { jsonLine, oneLine } from '../../base/printable.js'
import { placeInPlugin } from './loaded-plugins.js'
import { runningPlugin } from './plugin-code.js'
import { startWatchdog } from './watchdog.js'

export interface ProcessGuard {
  /** Whether stdout is to be one JSON document, errors too. */
  readonly isJson: boolean
  /** What a process ends with that a plugin keeps in a loop. */
  readonly exitCode: number
}

/** Ends the process without a word to anybody. */
interface ReallyExiting {
  reallyExit(code: number): never
}

/** How long a plugin may keep the process from everything else. */
const STUCK_SECONDS = 5

/** Deep enough to see through what a plugin calls to the plugin. */
const FRAMES = 50

const STDOUT = 1
const STDERR = 2

/** Guards this process against plugins that are about to be loaded. For executables: a program that embeds this package decides by itself. */
export async function guardProcess({ isJson, exitCode }: ProcessGuard): Promise<void> {
  keepStdout()
  keepProcess()
  nameWhatComesLate()
  await startWatchdog(STUCK_SECONDS, () => {
    const stuck = whoIsStuck()
    if (stuck === null) return
    tell(coordError('PLUGIN_STUCK', stuck.origin, stuck.where, STUCK_SECONDS), isJson)
    // Node would say there that it waits for the debugger, which the watchdog is to it.
    closeSync(STDERR)
    ;(process as typeof process & ReallyExiting).reallyExit(exitCode)
  })
}

/** Tells an error at once, as nothing that has to wait for its turn could. */
function tell({ message, hint, status }: CoordError, isJson: boolean): void {
  if (isJson) writeSync(STDOUT, `${jsonLine({ error: message, status, hint })}\n`)
  else writeSync(STDERR, `❌ ${oneLine(message)}\n   ${oneLine(hint)}\n`)
}

/** What a plugin prints would stand before the document, or the answer, that a program reads there. */
function keepStdout(): void {
  Object.defineProperty(process, 'stdout', { get: () => process.stderr, configurable: true })
  for (const name of ['log', 'info', 'debug', 'dir', 'table'] as const) {
    console[name] = (...given: unknown[]) => console.error(...given)
  }
}

/** A plugin that ends the process would end what others need; it returns, or throws. */
function keepProcess(): void {
  const exit = process.exit.bind(process)
  process.exit = (code) => {
    if (placeInPlugin(stackHere()) === null) return exit(code)
    throw new Error(`it calls process.exit(${code ?? ''}), which would end what is not its own`)
  }
}

/** What a timer of a plugin throws, or a promise that it has left alone, is nobody else's fault. */
function nameWhatComesLate(): void {
  process.on('uncaughtException', (thrown) => {
    const place = placeInPlugin(String(thrown?.stack))
    if (place !== null) {
      writeSync(
        STDERR,
        `⚠️  The plugin ${place.origin} failed by itself: ${oneLine(problemOf(thrown))} (${place.line})\n`,
      )
      return
    }
    writeSync(STDERR, `${thrown?.stack ?? thrown}\n`)
    process.exit(1)
  })
}

/** `null`: no plugin is, or it waits for another program, or a person looks at it in a debugger. */
function whoIsStuck(): { origin: string; where: string } | null {
  if (debuggerUrl() !== undefined) return null
  const stack = stackHere()
  if (stack.includes('node:child_process')) return null
  const [code, place] = [runningPlugin(), placeInPlugin(stack)]
  const origin = code?.origin ?? place?.origin
  if (origin === undefined) return null
  return { origin, where: [code?.what ?? 'what it does', place && `(${place.line})`].filter(Boolean).join(' ') }
}

function stackHere(): string {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = FRAMES
  const { stack = '' } = new Error()
  Error.stackTraceLimit = stackTraceLimit
  return stack
}
