import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { installedLine } from '../../plugins/agents/hook-line.js'
import { PROGRAMS as PROGRAM_TABLE } from '../../plugins/agents/program-table.js'
import { openSession, type SetupRequest, setup } from '../../src/index.js'
import { git, repository } from '../support/git.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

const PROGRAMS = ['claude', 'codex', 'gemini', 'opencode', 'copilot']

let root: string
let env: NodeJS.ProcessEnv

beforeEach(() => {
  const place = temporaryDirectory()
  root = repository(path.join(place, 'repo'))
  const bin = path.join(place, 'bin')
  fs.mkdirSync(bin)
  fs.writeFileSync(path.join(bin, 'muse-coord'), '#!/bin/sh\n', { mode: 0o755 })
  env = { HOME: place, PATH: `${bin}:/usr/bin:/bin` }
})

async function setUpHere(request: Partial<SetupRequest> = {}) {
  return setup(await openSession({ directory: root, env }), { agents: PROGRAMS, ...request })
}

function read(name: string): string {
  return fs.readFileSync(path.join(root, name), 'utf8')
}

function write(name: string, text: string): void {
  fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true })
  fs.writeFileSync(path.join(root, name), text)
}

describe('files that setup writes and that are not plain', () => {
  const linkTo = (name: string, target: string) => {
    fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true })
    fs.symlinkSync(target, path.join(root, name))
  }
  const faults = (files: Awaited<ReturnType<typeof setUpHere>>['files']) =>
    files.flatMap(({ path: whole, fault }) => (fault === null ? [] : [[path.relative(root, whole), fault]]))

  it('are written once where one is a link to another', async () => {
    write('AGENTS.md', '# All\n')
    linkTo('CLAUDE.md', 'AGENTS.md')
    const { files } = await setUpHere()
    expect(faults(files)).toEqual([])
    expect(read('AGENTS.md').match(/muse-coord:begin/g)).toHaveLength(1)
    expect(fs.readlinkSync(path.join(root, 'CLAUDE.md'))).toBe('AGENTS.md')
    await setUpHere({ remove: true })
    expect(read('CLAUDE.md')).toBe('# All\n')
  })

  it('are written among the settings that their user keeps elsewhere, for that user alone', async () => {
    const kept = path.join(env.HOME as string, 'dotfiles/claude.json')
    fs.mkdirSync(path.dirname(kept))
    fs.writeFileSync(kept, '{"a": 1}')
    const home = path.join(env.HOME as string, '.claude')
    fs.mkdirSync(home)
    fs.symlinkSync(kept, path.join(home, 'settings.json'))
    linkTo('.claude/settings.json', kept)
    expect(faults((await setUpHere({ agents: ['claude'], scope: 'user' })).files)).toEqual([])
    expect(JSON.parse(fs.readFileSync(kept, 'utf8'))).toMatchObject({ a: 1, hooks: { Stop: expect.anything() } })
    await setUpHere({ agents: ['claude'], scope: 'user', remove: true })
    expect(fs.readFileSync(kept, 'utf8')).toBe('{"a": 1}')
    // A link that came with a repository is not its user's word.
    expect(faults((await setUpHere({ agents: ['claude'] })).files)).toEqual([
      ['.claude/settings.json', expect.stringContaining('leads out of the repository')],
    ])
    expect(fs.readFileSync(kept, 'utf8')).toBe('{"a": 1}')
  })

  it('keep nothing else from being set up, and are named with what is wrong', async () => {
    write('.gemini/settings.json', '')
    fs.writeFileSync(path.join(root, '.gemini/settings.json'), Buffer.from('{"a":"\xe4"}', 'latin1'))
    fs.mkdirSync(path.join(root, 'opencode.json'))
    write('tools/pre-commit', '#!/bin/sh\n')
    fs.symlinkSync('../../tools/pre-commit', path.join(root, '.git/hooks/pre-commit'))
    expect(faults((await setUpHere()).files)).toEqual([
      ['.gemini/settings.json', 'is no valid UTF-8'],
      ['opencode.json', 'is no regular file'],
      ['.git/hooks/pre-commit', expect.stringContaining('is a link to ../../tools/pre-commit: have it call')],
    ])
    expect(read('.claude/settings.json')).toContain('muse-coord')
    write('tools/pre-commit', '#!/bin/sh\nmuse-coord guard pre-commit >&2 || exit $?\n')
    expect((await setUpHere({ agents: ['claude'] })).files.map(({ change }) => change)).not.toContain('unreadable')
    expect(faults((await setUpHere({ agents: ['claude'], remove: true })).files)).toEqual([])
  })

  it('stay where their user had them empty', async () => {
    const files = {
      'CLAUDE.md': '',
      'AGENTS.md': '\ufeff',
      '.mcp.json': '\r\n',
      '.gemini/settings.json': '',
      '.codex/config.toml': '',
    }
    for (const [name, text] of Object.entries(files)) write(name, text)
    expect(faults((await setUpHere()).files)).toEqual([])
    expect((await setUpHere()).files.map(({ change }) => change)).not.toContain('changed')
    for (const name of Object.keys(files)) expect(read(name)).toContain('muse-coord')
    await setUpHere({ remove: true })
    expect(Object.fromEntries(Object.keys(files).map((name) => [name, read(name)]))).toEqual(files)
    expect(fs.existsSync(path.join(root, '.claude'))).toBe(false)
  })

  it('come back to the byte: with a byte order mark, with the line ends of Windows', async () => {
    const files = {
      '.gemini/settings.json': '\ufeff{\r\n  "a": 1\r\n}\r\n',
      'AGENTS.md': '# Guide\r\n\r\nHello\r\n',
      '.codex/config.toml': 'a = 1\r\n',
      'opencode.json': '\ufeff{}',
    }
    for (const [name, text] of Object.entries(files)) write(name, text)
    git(root, 'add', '--all')
    git(root, 'commit', '--quiet', '--message', 'Settings')
    expect(faults((await setUpHere()).files)).toEqual([])
    for (const name of ['AGENTS.md', '.codex/config.toml', '.gemini/settings.json']) {
      expect(read(name).replaceAll('\r\n', '')).not.toContain('\n')
    }
    expect(read('.gemini/settings.json')).toContain('"muse-coord"')
    expect((await setUpHere()).files.map(({ change }) => change)).not.toContain('changed')
    await setUpHere({ remove: true })
    for (const name of ['AGENTS.md', '.codex/config.toml', '.gemini/settings.json', 'opencode.json']) {
      expect([name, read(name)]).toEqual([name, files[name as keyof typeof files]])
    }
    expect(git(root, 'status', '--porcelain', '--', '.', ':!.muse')).toBe('')
    const names = fs.readdirSync(root, { recursive: true, encoding: 'utf8' })
    expect(names.filter((name) => /^\.(github|opencode|claude)/.test(name))).toEqual([])
  })
})

describe('the line of a hook that is committed', () => {
  const shells = ['sh', 'bash', 'dash', 'zsh', 'ksh'].filter(
    (shell) => spawnSync('sh', ['-c', `command -v ${shell}`]).status === 0,
  )

  it.each(shells)('is one for %s: it starts the program where that is, and nothing where it is not', (shell) => {
    const bin = path.join(env.HOME as string, 'bin')
    fs.writeFileSync(path.join(bin, 'muse-coord'), '#!/bin/sh\ncat; echo " $@"\n', { mode: 0o755 })
    const run = (PATH: string) =>
      PROGRAM_TABLE.map((program) => {
        const options = { env: { PATH, HOME: env.HOME }, input: 'input', encoding: 'utf8' } as const
        const { status, stdout, stderr } = spawnSync(shell, ['-c', installedLine(program)('before')], options)
        return [status, stdout + stderr]
      })
    expect(run(`${bin}:/usr/bin:/bin`)).toEqual(PROGRAM_TABLE.map(({ name }) => [0, `input hook ${name} before\n`]))
    expect(run('/usr/bin:/bin')).toEqual(PROGRAM_TABLE.map(() => [0, '']))
  })
})
