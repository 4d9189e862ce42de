import { fstatSync, writeSync } from 'node:fs'
import { coordError } from './base/errors.js'
import { jsonLine } from './base/printable.js'
import type { SignalListener, Streams } from './commands/host.js'
import { readStandardInput } from './files/standard-input.js'
import { workingDirectory } from './files/working-directory.js'
import { loadedPlugins } from './kinds/containment/loaded-plugins.js'
import { runCommandLine, wantsJson } from './run-command-line.js'

const COLUMNS_WITHOUT_TERMINAL = 0

/** What the program ends with where something else ended the process: a fault. */
const CUT_SHORT = 3

/** Runs the program on this process's arguments, streams and signals. Resolves to the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  const isJson = wantsJson(argv)
  let hasResult = false
  // A plugin may end the process, or wait for what never comes until nothing is left to keep it: neither is a success.
  process.on('exit', () => {
    if (hasResult) return
    process.exitCode = CUT_SHORT
    const names = loadedPlugins().join(', ')
    const { message, status, hint } = names === '' ? coordError('ENDED_EARLY') : coordError('PLUGIN_ENDED', names)
    if (isJson) writeSync(DESCRIPTORS.stdout, `${jsonLine({ error: message, status, hint })}\n`)
    else writeSync(DESCRIPTORS.stderr, `❌ ${message}\n   ${hint}\n`)
  })
  const interruption = new AbortController()
  let taker: SignalListener | null = null
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (taker !== null) return taker(signal)
      // The first asks to end cleanly, the second does not wait for it.
      if (interruption.signal.aborted || hasResult) {
        hasResult = true
        process.exit(130)
      }
      interruption.abort()
    })
  }
  const exitCode = await runCommandLine(argv, {
    streams: processStreams(() => interruption.abort()),
    env: process.env,
    directory: workingDirectory(),
    signal: interruption.signal,
    readInput: readStandardInput,
    async beforePlugins() {
      const { guardProcess } = await import('./kinds/containment/guard-process.js')
      await guardProcess({ isJson, exitCode: CUT_SHORT })
    },
    takeSignals(listener) {
      taker = listener
      // Only now: whoever was started to survive the end of a terminal has this signal ignored, and keeps it so.
      for (const signal of ['SIGHUP', 'SIGQUIT'] as const) process.on(signal, () => listener(signal))
    },
    onHangUp(listener) {
      // Not imported at the top: it loads the code for networks.
      const { isatty } = process.getBuiltinModule('node:tty')
      const hadTerminal = isatty(DESCRIPTORS.stdout)
      process.on('SIGHUP', () => {
        if (!hadTerminal || isatty(DESCRIPTORS.stdout)) return listener()
        // One signal says two things. That the terminal is no more ends the process as it ends every other.
        process.removeAllListeners('SIGHUP')
        process.kill(process.pid, 'SIGHUP')
      })
    },
  })
  hasResult = true
  // A timer of a plugin would hold the process for good.
  if (loadedPlugins().length > 0) await Promise.all([flushed(streamOf('stdout')), flushed(streamOf('stderr'))])
  if (loadedPlugins().length > 0) process.exit(exitCode)
  // A request that waits for its next try would hold the process.
  if (interruption.signal.aborted && hasWritten(streamOf('stdout')) && hasWritten(streamOf('stderr')))
    process.exit(exitCode)
  return exitCode
}

/** A stream whose reader is gone calls back as well. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write('', () => resolve()))
}

function hasWritten({ writableLength }: NodeJS.WriteStream): boolean {
  return writableLength === 0
}

/** @param onNobodyReads the reader of the results is gone: `muse-coord … | head` closes the pipe early */
function processStreams(onNobodyReads: () => void): Streams {
  return {
    stdout: writerOf('stdout', onNobodyReads),
    // What is under way ends cleanly and with its own exit code; only what goes on for ever has to be ended.
    stderr: writerOf('stderr', () => {}),
    get interactive() {
      return isTerminal('stderr')
    },
    get columns() {
      return isTerminal('stdout') ? streamOf('stdout').columns : COLUMNS_WITHOUT_TERMINAL
    },
    // https://no-color.org
    get colours() {
      return !process.env.NO_COLOR && process.env.TERM !== 'dumb' && isTerminal('stdout')
    },
  }
}

const DESCRIPTORS = { stdout: 1, stderr: 2 }

/** As Node has them, which makes a stream when it is first asked for; to plugins stderr is both. */
const STREAMS = {
  stdout: Object.getOwnPropertyDescriptor(process, 'stdout'),
  stderr: Object.getOwnPropertyDescriptor(process, 'stderr'),
}

function streamOf(name: 'stdout' | 'stderr'): NodeJS.WriteStream {
  return STREAMS[name]?.get?.call(process) ?? process[name]
}

/** Whether a person looks at it. Only where it may be one is the stream asked, see {@link writerOf}. */
function isTerminal(name: 'stdout' | 'stderr'): boolean {
  return fstatSync(DESCRIPTORS[name]).isCharacterDevice() && streamOf(name).isTTY === true
}

/**
 * Writes to the descriptor at once, as Node does with files, pipes and terminals too, but without its stream: that of a pipe
 * loads the code for networks, which takes a seventh of Node's own start. A pipe that somebody made non-blocking and that is
 * full is the stream's to wait for.
 */
function writerOf(name: 'stdout' | 'stderr', onNobodyReads: () => void): (text: string) => void {
  let stream: NodeJS.WriteStream | undefined
  const endedBy = (error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error
    onNobodyReads()
  }
  return (text) => {
    let rest = Buffer.from(text)
    try {
      while (stream === undefined && rest.length > 0) rest = rest.subarray(writeSync(DESCRIPTORS[name], rest))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return endedBy(error)
      stream = streamOf(name).on('error', endedBy)
    }
    stream?.write(rest)
  }
}
