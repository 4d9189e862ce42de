import { runCommandLine } from '../../src/run-command-line.js'
import type { Machine } from './machine.js'

/** What a run of the program left on its streams. */
export interface Ended {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

export interface CliOptions {
  /** Where it is run; the machine's repository when left out. */
  directory?: string
  /** Beside the machine's environment. */
  env?: Readonly<Record<string, string>>
  signal?: AbortSignal
}

/** Runs a command line in this process: everything but the process itself is real. */
export async function runCli(
  machine: Pick<Machine, 'root' | 'env'>,
  argv: readonly string[],
  { input, ...options }: CliOptions & { readonly input?: string } = {},
) {
  let stdout = ''
  let stderr = ''
  const exitCode = await runCommandLine(argv, {
    streams: {
      stdout: (text) => {
        stdout += text
      },
      stderr: (text) => {
        stderr += text
      },
      interactive: false,
      columns: 0,
    },
    env: { ...machine.env, ...options.env },
    directory: options.directory ?? machine.root,
    signal: options.signal ?? new AbortController().signal,
    ...(input !== undefined && { readInput: async () => ({ text: input }) }),
  })
  return { exitCode, stdout, stderr } satisfies Ended
}

/** The one JSON document that stdout must be, and nothing beside it. */
export function documentOf({ stdout }: Ended): Record<string, unknown> {
  const lines = stdout.split('\n')
  if (lines.length !== 2 || lines[1] !== '') throw new Error(`stdout is not one line: ${stdout.slice(0, 500)}`)
  return JSON.parse(lines[0] as string)
}
