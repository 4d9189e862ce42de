import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'rolldown'

const MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url))
const SOURCE = fileURLToPath(new URL('../../src', import.meta.url))

interface ChildOptions {
  readonly args?: readonly string[]
  /** Shell words that come before the process: `ulimit -f 8;` */
  readonly shell?: string
  readonly uid?: number
  readonly cwd?: string
}

/** Databases: native, or loaded only by those who have one. */
const NOT_BUNDLED = ['@photostructure/sqlite', 'pg']

/** A piece of code that runs in processes of its own, against the project's sources. */
export interface ChildModule {
  start(options?: ChildOptions): ChildProcessWithoutNullStreams
  /** Runs it to the end. Its standard output is a JSON document, unless it was killed. */
  run<Result>(options?: ChildOptions): Promise<Result>
  remove(): void
}

/**
 * Bundles code that imports from `src/…` so that plain Node can run it: as CommonJS, which Node loads in half the time.
 *
 * @param code an ES module, an import a line: `import { x } from 'src/workspace/repo.js'`; arguments are `process.argv.slice(2)`
 */
export async function childModule(code: string): Promise<ChildModule> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'muse-coord-child-'))
  fs.chmodSync(directory, 0o755)
  const entry = path.join(directory, 'entry.ts')
  const file = path.join(directory, 'child.cjs')
  fs.symlinkSync(MODULES, path.join(directory, 'node_modules'))
  fs.writeFileSync(entry, awaitingInside(code).replaceAll(`'src/`, `'${SOURCE}/`))
  await build({
    input: entry,
    cwd: SOURCE,
    platform: 'node',
    external: NOT_BUNDLED,
    logLevel: 'warn',
    // What is loaded late may be loaded at once as well.
    checks: { ineffectiveDynamicImport: false },
    output: { dir: directory, format: 'cjs', entryFileNames: 'child.cjs', chunkFileNames: '[name]-[hash].cjs' },
  })

  const start = ({ args = [], shell, uid, cwd }: ChildOptions = {}) => {
    const command = [process.execPath, file, ...args]
    const [program = '', ...rest] =
      shell === undefined ? command : ['/bin/sh', '-c', `${shell} exec "$0" "$@"`, ...command]
    return spawn(program, rest, { cwd, ...(uid === undefined ? {} : { uid, gid: uid }) })
  }
  return {
    start,
    run: <Result>(options?: ChildOptions) =>
      new Promise<Result>((resolve, reject) => {
        const child = start(options)
        let out = ''
        let err = ''
        child.stdout.on('data', (chunk) => {
          out += chunk
        })
        child.stderr.on('data', (chunk) => {
          err += chunk
        })
        child.on('close', (code, signal) => {
          if (code === 0) resolve(JSON.parse(out))
          else reject(new Error(`the child ended with ${code ?? signal}: ${err}`))
        })
      }),
    remove: () => fs.rmSync(directory, { recursive: true, force: true }),
  }
}

/** CommonJS has no `await` at the top. */
function awaitingInside(code: string): string {
  const lines = code.split('\n')
  const isImport = (line: string) => /^\s*import\b.*\bfrom '.*'$/.test(line)
  const rest = lines.filter((line) => !isImport(line)).join('\n')
  return `${lines.filter(isImport).join('\n')}\nasync function main() {\n${rest}\n}\nmain()\n`
}
