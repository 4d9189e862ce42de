import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'

const root = path.resolve(import.meta.dirname, '..')
const home = mkdtempSync(path.join(tmpdir(), 'muse-readme-'))
const background: ChildProcess[] = []

/** What the README shows, and what its comment says about how it is run. */
interface Example {
  readonly language: string
  readonly code: string
  readonly note: string
}

/** Set-up commands that the machine of this test has gone through already, being them. */
const SET_UP = new Set(['npm run demo', 'npm test', 'npm run check'])

afterAll(() => {
  for (const child of background) child.kill()
  rmSync(home, { recursive: true, force: true })
})

describe('the README', () => {
  it('shows nothing that does not work: every example runs, in order, in an empty home', async () => {
    const port = await freePort()
    const examples = readExamples(port).filter(({ code }) => !SET_UP.has(code))
    expect(examples.length).toBeGreaterThan(6)
    const env = prepareHome()
    for (const { language, code, note } of examples) {
      if (note.startsWith('background')) await inBackground(code, /until "(.*)"/.exec(note)?.[1] as string, env)
      else if (note.startsWith('file ')) writeFileSync(path.join(home, 'myrepo', note.slice('file '.length)), code)
      else {
        expect(language).toBe('sh')
        run(code, env)
      }
    }
  }, 60_000)

  it('names every exit code that there is', () => {
    const named = [...readme().matchAll(/^\| (\d+) +\|/gm)].map(([, code]) => Number(code))
    const errors = readFileSync(path.join(root, 'src/base/errors.ts'), 'utf8')
    const existing = [...errors.matchAll(/exitCode: (\d+)/g)].map(([, code]) => Number(code))
    expect(named).toEqual([...new Set([0, ...existing])].sort((a, b) => a - b))
  })

  it('links to files that are there', () => {
    for (const [, target] of readme().matchAll(/\]\(([^)#]+)\)/g)) {
      expect(() => readFileSync(path.join(root, target as string))).not.toThrow()
    }
  })
})

function readme(): string {
  return readFileSync(path.join(root, 'README.md'), 'utf8')
}

function readExamples(port: number): Example[] {
  return [...readme().matchAll(/(?:<!-- test: (.*) -->\n)?```(\w+)\n([\s\S]*?)\n```/g)].map(
    ([, note, language, code]) => ({
      language: language as string,
      code: (code as string)
        .replaceAll('127.0.0.1:1337', `127.0.0.1:${port}`)
        .replace(/hub serve$/, `hub serve --port ${port}`),
      note: note ?? '',
    }),
  )
}

/** An empty home with the program on the path, and findable as a package. */
function prepareHome(): Record<string, string> {
  const bin = path.join(home, 'bin')
  mkdirSync(bin)
  writeFileSync(path.join(bin, 'muse-coord'), `#!/bin/sh\nexec node ${path.join(root, 'dist/cli.cjs')} "$@"\n`, {
    mode: 0o755,
  })
  mkdirSync(path.join(home, 'node_modules'))
  symlinkSync(root, path.join(home, 'node_modules/muse-coord'))
  mkdirSync(path.join(home, 'ada'))
  return { HOME: home, PATH: `${bin}:${process.env.PATH}` }
}

/** Each example goes on where the one before it was, as in one terminal. */
function run(code: string, env: Record<string, string>): void {
  const place = path.join(home, '.place')
  const script = `cd "$(cat ${place} 2>/dev/null || pwd)"\n${code}\npwd > ${place}`
  const { status, stdout, stderr } = spawnSync('bash', ['-euo', 'pipefail', '-c', script], {
    cwd: home,
    env,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`${code}\nended with ${status}:\n${stdout}${stderr}`)
}

function inBackground(code: string, until: string, env: Record<string, string>): Promise<void> {
  const child = spawn('bash', ['-c', `exec ${code}`], { cwd: home, env })
  background.push(child)
  return new Promise((resolve, reject) => {
    let said = ''
    const listen = (chunk: Buffer) => {
      said += chunk
      if (said.includes(until)) resolve()
    }
    child.stdout.on('data', listen)
    child.stderr.on('data', listen)
    child.on('exit', (status) => reject(new Error(`${code} ended with ${status}: ${said}`)))
  })
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}
