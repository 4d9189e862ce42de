import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { cleanUp } from './clean-up.js'
import type { Machine } from './machine.js'
import type { CliOptions, Ended } from './run-cli.js'

const PROJECT = path.resolve(import.meta.dirname, '../..')
const manifest = JSON.parse(readFileSync(path.join(PROJECT, 'package.json'), 'utf8'))

/** Built by `.ci/prepare.mjs`, which `npm test` calls; another build can be named instead. */
export const EXECUTABLE = process.env.MUSE_COORD_EXECUTABLE ?? path.join(PROJECT, manifest.bin['muse-coord'])

export interface ExecutableOptions extends CliOptions {
  /** Shell words that come before the process: `ulimit -f 8;` */
  shell?: string
}

/** A process of the built program. */
export interface Running {
  readonly child: ChildProcessWithoutNullStreams
  readonly ended: Promise<Ended & { readonly signal: NodeJS.Signals | null; readonly milliseconds: number }>
}

/** Starts the built program as a user does. */
export function startExecutable(
  machine: Pick<Machine, 'root' | 'env'>,
  argv: readonly string[],
  options: ExecutableOptions = {},
): Running {
  const started = performance.now()
  const line = [process.execPath, EXECUTABLE, ...argv]
  const [program = '', ...rest] =
    options.shell === undefined ? line : ['/bin/sh', '-c', `${options.shell} "$0" "$@"`, ...line]
  const child = spawn(program, rest, {
    cwd: options.directory ?? machine.root,
    env: { ...machine.env, ...options.env },
  })
  cleanUp(() => child.kill('SIGKILL'))
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text
  })
  const ended = new Promise<Awaited<Running['ended']>>((resolve) => {
    child.on('close', (code, signal) => {
      resolve({ exitCode: code ?? -1, signal, stdout, stderr, milliseconds: performance.now() - started })
    })
  })
  return { child, ended }
}

/** Runs the built program to its end. */
export function runExecutable(
  machine: Pick<Machine, 'root' | 'env'>,
  argv: readonly string[],
  options?: ExecutableOptions,
): Running['ended'] {
  return startExecutable(machine, argv, options).ended
}
