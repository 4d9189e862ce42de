import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { MOMENTS } from '../src/commands/moments.js'

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

afterAll(async () => {
  const ends = background.map((child) => (child.exitCode === null ? once(child, 'exit') : null))
  for (const child of background) child.kill()
  // Until then they write there.
  await Promise.all(ends)
  rmSync(home, { recursive: true, force: true })
})

/** The README, and where its guides stand, in the order in which their examples are run. */
const PAGES = ['README.md', 'src/commands/README.md']
/** Pages that a reader of those is sent on to. */
const FURTHER = ['src/hub/README.md', 'src/README.md', 'plugins/README.md', 'test/bench/README.md', 'test/README.md']

describe('the README', () => {
  it('shows nothing that does not work: every example runs, in order, in an empty home', async () => {
    const ports = [await freePort(), await freePort()] as const
    const examples = readExamples(ports).filter(({ code }) => !SET_UP.has(code))
    expect(examples.length).toBeGreaterThan(14)
    const env = prepareHome()
    for (const { language, code, note } of examples) {
      if (note.startsWith('background')) await inBackground(code, /until "(.*)"/.exec(note)?.[1] as string, env)
      else if (note.startsWith('file ')) writeFileSync(path.join(home, 'myrepo', note.slice('file '.length)), code)
      else {
        expect(language).toBe('sh')
        run(code, env)
      }
    }
  }, 240_000)

  it('names every exit code that there is', () => {
    const named = [...textOf('src/commands/README.md').matchAll(/^\| (\d+) +\|/gm)].map(([, code]) => Number(code))
    const errors = readFileSync(path.join(root, 'src/base/errors.ts'), 'utf8')
    const existing = [...errors.matchAll(/exitCode: (\d+)/g)].map(([, code]) => Number(code))
    expect(named).toEqual([...new Set([0, ...existing])].sort((a, b) => a - b))
  })

  it('links to files that are there', () => {
    for (const page of [...PAGES, ...FURTHER]) {
      for (const [, target = ''] of textOf(page).matchAll(/\]\(([^)\s]+)\)/g)) {
        if (target.includes('://')) continue
        const [file = '', heading] = target.split('#')
        const linked = file === '' ? page : path.join(path.dirname(page), file)
        expect({ page, target, isThere: existsSync(path.join(root, linked)) }).toMatchObject({ isThere: true })
        if (heading !== undefined)
          expect({ page, target, headings: headingsOf(linked) }).toMatchObject({
            headings: expect.arrayContaining([heading]),
          })
      }
    }
  })

  it('fits a screen, and has a guide for each moment of a day', () => {
    expect(textOf('README.md').split('\n').length).toBeLessThan(100)
    const headings = headingsOf('src/commands/README.md')
    const { set_up: _, operate: __, ...daily } = MOMENTS
    for (const moment of Object.values(daily)) expect(headings).toContain(anchorOf(moment))
  })
})

function textOf(page: string): string {
  return readFileSync(path.join(root, page), 'utf8')
}

/** As they are linked to. */
function headingsOf(page: string): readonly string[] {
  return [...textOf(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchorOf(heading))
}

function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-')
}

function readExamples([port, otherPort]: readonly [number, number]): Example[] {
  return [
    ...PAGES.map(textOf)
      .join('\n')
      .matchAll(/(?:<!-- test: (.*) -->\n)?```(\w+)\n([\s\S]*?)\n```/g),
  ].map(([, note, language, code]) => ({
    language: language as string,
    code: (code as string)
      .replaceAll('127.0.0.1:1337', `127.0.0.1:${port}`)
      .replace('--port 1338', `--port ${otherPort}`)
      .replace(/hub serve$/, `hub serve --port ${port}`),
    note: note ?? '',
  }))
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
  const kept = path.join(home, '.kept')
  const before = `cd "$(cat ${place} 2>/dev/null || pwd)"\n[ ! -f ${kept} ] || . ${kept}`
  const script = `${before}\n${code}\npwd > ${place}\nexport -p | grep MUSE_COORD_ > ${kept} || true`
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
