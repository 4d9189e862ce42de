import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'

const EXECUTABLE = path.resolve('dist/cli.cjs')

/** A machine whose user is of the space: a home, and a working tree of git. */
export interface Machine {
  readonly directory: string
  /** Runs a command there, and gives the document that it prints. Throws where it does not end with 0. */
  json(...argv: readonly string[]): Record<string, unknown>
  /** Runs one, however it ends, and gives what it writes as a person sees it. */
  text(...argv: readonly string[]): string
  /** Starts one that goes on, and resolves to the first document that it prints. */
  start(...argv: readonly string[]): Promise<Record<string, unknown>>
}

export interface Machines {
  readonly gabriel: Machine
  readonly ada: Machine
  close(): Promise<void>
}

/** What their machines are called, whatever this one is. */
const NAMES: Readonly<Record<string, string>> = { gabriel: 'laptop', ada: 'desk' }

/** Has a process take its machine for one of that name. */
function namedAs(name: string): string {
  const code = `import os from 'node:os';import { syncBuiltinESMExports } from 'node:module';os.hostname=()=>'${name}';syncBuiltinESMExports()`
  return `--import=data:text/javascript,${encodeURIComponent(code)}`
}

/** A hub and two machines, whose users have their keys there and no records yet. */
export async function startMachines(): Promise<Machines> {
  const directory = mkdtempSync(path.join(tmpdir(), 'muse-coord-scene-'))
  const children: ChildProcess[] = []
  const machineAt = (who: string): Machine => {
    const [home, cwd] = [path.join(directory, who, 'home'), path.join(directory, who, 'shop')]
    for (const made of [home, cwd]) mkdirSync(made, { recursive: true })
    const place = { cwd, env: { HOME: home, PATH: process.env.PATH, NODE_OPTIONS: namedAs(NAMES[who] ?? who) } }
    const run = (argv: readonly string[]) =>
      spawnSync(process.execPath, [EXECUTABLE, ...argv], { ...place, encoding: 'utf8' })
    return {
      directory: cwd,
      json(...argv) {
        const { status, stdout, stderr } = run([...argv, '--json'])
        if (status !== 0) throw new Error(`muse-coord ${argv.join(' ')} ended with ${status}:\n${stdout}${stderr}`)
        return JSON.parse(stdout)
      },
      text(...argv) {
        const { stdout, stderr } = run(argv)
        return stdout + stderr
      },
      async start(...argv) {
        const child = spawn(process.execPath, [EXECUTABLE, ...argv, '--json'], {
          ...place,
          stdio: ['ignore', 'pipe', 'inherit'],
        })
        children.push(child)
        const [line] = await once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line')
        return JSON.parse(String(line))
      },
    }
  }
  const close = async () => {
    const ends = children.map((child) => (child.exitCode === null ? once(child, 'exit') : null))
    for (const child of children) child.kill('SIGINT')
    await Promise.all(ends)
    rmSync(directory, { recursive: true, force: true })
  }
  const userAt = (url: unknown, who: string, branch: string) => {
    const machine = machineAt(who)
    for (const words of [
      ['init', '--quiet', '--initial-branch', branch],
      ['-c', `user.name=${who}`, '-c', 'user.email=a@b.c', 'commit', '--quiet', '--allow-empty', '-m', 'First'],
    ])
      spawnSync('git', words, { cwd: machine.directory })
    machine.json('init', '--hub', String(url), '--owner', 'gabriel', '--slug', 'shop')
    machine.json('auth', 'keygen', '--hub', String(url), '--handle', who)
    machine.json('auth', 'register')
    return machine
  }
  try {
    const { url } = await machineAt('hub').start('hub', 'serve', '--port', '0', '--data', '.')
    return { gabriel: userAt(url, 'gabriel', 'main'), ada: userAt(url, 'ada', 'api-v2'), close }
  } catch (error) {
    await close()
    throw error
  }
}
