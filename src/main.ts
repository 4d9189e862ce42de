import type { SignalListener } from './commands/command.js'
import { runCommandLine } from './commands/runner.js'
import type { Streams } from './commands/terminal.js'

const COLUMNS_WITHOUT_TERMINAL = 0

/** Runs the program on this process's arguments, streams and signals. Resolves to the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  const interruption = new AbortController()
  let taker: SignalListener | null = null
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (taker !== null) return taker(signal)
      // The first asks to end cleanly, the second does not wait for it.
      if (interruption.signal.aborted) process.exit(130)
      interruption.abort()
    })
  }
  return runCommandLine(argv, {
    streams: processStreams(),
    env: process.env,
    directory: process.cwd(),
    signal: interruption.signal,
    takeSignals(listener) {
      taker = listener
      // Only now: whoever was started to survive the end of a terminal has this signal ignored, and keeps it so.
      process.on('SIGHUP', () => listener('SIGHUP'))
    },
  })
}

function processStreams(): Streams {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // `muse-coord … | head` closes the pipe early: nobody is left to tell.
      if (error.code === 'EPIPE') process.exit(0)
      throw error
    })
  }
  return {
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
    interactive: process.stderr.isTTY === true,
    columns: process.stdout.isTTY ? process.stdout.columns : COLUMNS_WITHOUT_TERMINAL,
  }
}
