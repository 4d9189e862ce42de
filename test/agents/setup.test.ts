import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { addEntries, removeEntries } from '../../plugins/agents/json-entries.js'
import { git, repository, temporaryDirectory } from '../support/git.js'
import { EXECUTABLE } from '../support/run-executable.js'

const PROGRAMS = ['claude', 'codex', 'gemini', 'opencode', 'copilot']

let root: string
let env: NodeJS.ProcessEnv

beforeEach(() => {
  const place = temporaryDirectory()
  root = repository(path.join(place, 'repo'))
  const bin = path.join(place, 'bin')
  fs.mkdirSync(bin)
  fs.writeFileSync(path.join(bin, 'muse-coord'), `#!/bin/sh\nexec '${process.execPath}' '${EXECUTABLE}' "$@"\n`)
  for (const name of ['claude', 'codex']) fs.writeFileSync(path.join(bin, name), '#!/bin/sh\n')
  for (const name of fs.readdirSync(bin)) fs.chmodSync(path.join(bin, name), 0o755)
  env = { HOME: place, PATH: `${bin}:/usr/bin:/bin` }
})

function setup(...argv: readonly string[]) {
  const options = { cwd: root, env, encoding: 'utf8' } as const
  const { status, stdout, stderr } = spawnSync(process.execPath, [EXECUTABLE, 'setup', ...argv, '--json'], options)
  return { status, stderr, document: JSON.parse(stdout) }
}

function read(name: string): string {
  return fs.readFileSync(path.join(root, name), 'utf8')
}

function write(name: string, text: string): void {
  fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true })
  fs.writeFileSync(path.join(root, name), text)
}

describe('setup', () => {
  it('sets up the programs that it finds, names those that it does not, and says what is to be done by hand', () => {
    const { status, document } = setup()
    expect(status).toBe(0)
    expect(document.agents.map((one: { name: string }) => one.name)).toEqual(['claude', 'codex'])
    expect(document.agents[1].by_hand).toContain('/hooks')
    expect(document.missing).toEqual(['gemini', 'opencode', 'copilot'])
    expect(Object.keys(JSON.parse(read('.claude/settings.json')).hooks)).toContain('PreToolUse')
    expect(read('CLAUDE.md')).toContain('muse-coord status')
    expect(fs.existsSync(path.join(root, '.muse'))).toBe(true)
  })

  it('is verified through the shell and the contract of each program, before and after', () => {
    expect(setup('--verify', ...PROGRAMS).status).toBe(1)
    setup(...PROGRAMS)
    const { status, document } = setup('--verify', ...PROGRAMS)
    expect(document.verified.map(({ name, works }: { name: string; works: boolean }) => [name, works])).toEqual(
      PROGRAMS.map((name) => [name, true]),
    )
    expect(status).toBe(0)
  })

  it('changes nothing when it is repeated, and nothing at all with --dry-run', () => {
    setup('--dry-run', ...PROGRAMS)
    expect(git(root, 'status', '--porcelain')).toBe('')
    setup(...PROGRAMS)
    const { document } = setup(...PROGRAMS)
    expect(new Set(document.files.map(({ change }: { change: string }) => change))).toEqual(new Set(['unchanged']))
  })

  it('gives back every file to the byte, and removes those that it has made', () => {
    write('.claude/settings.json', '{\n\t// mine\n\t"model": "opus",\n\t"hooks": { "Stop": [ { "hooks": [] } ] }\n}')
    write('.gemini/settings.json', '{"a":1}')
    write('CLAUDE.md', '# Mine, without an end')
    git(root, 'add', '--all')
    git(root, 'commit', '--quiet', '--message', 'Settings')
    setup(...PROGRAMS)
    expect(read('.claude/settings.json')).toContain('// mine')
    expect(git(root, 'status', '--porcelain').split('\n').length).toBeGreaterThan(5)
    expect(setup('--remove').status).toBe(0)
    expect(git(root, 'status', '--porcelain', '--', '.', ':!.muse')).toBe('')
  })

  it('repairs entries of its own that are old or half there', () => {
    setup('claude')
    const whole = read('.claude/settings.json')
    write('.claude/settings.json', whole.replace('"Edit|Write|NotebookEdit"', '"Edit"'))
    setup('claude')
    expect(read('.claude/settings.json')).toBe(whole)
  })

  it('leaves alone what it cannot read, and names it', () => {
    write('.claude/settings.json', '{"hooks": [')
    const { status, document } = setup('claude')
    expect(status).toBe(1)
    expect(document.files[0].change).toBe('unreadable')
    expect(read('.claude/settings.json')).toBe('{"hooks": [')
  })

  it('refuses to write into the repository what no shell would find, and sets up the user by its own path', () => {
    env = { ...env, PATH: '/usr/bin:/bin' }
    expect(setup('claude')).toMatchObject({ status: 1, document: { hint: expect.stringContaining('npm install -g') } })
    expect(setup('claude', '--scope', 'user').status).toBe(0)
    const settings = fs.readFileSync(path.join(String(env.HOME), '.claude/settings.json'), 'utf8')
    const { hooks } = JSON.parse(settings)
    const [{ command }] = hooks.PreToolUse[0].hooks
    expect(spawnSync('sh', ['-c', command], { cwd: root, env, input: '{}' })).toMatchObject({ status: 0 })
    expect(settings).toContain('# muse-coord')
  })
})

describe('entries in JSON with comments', () => {
  const entries = [
    { list: ['hooks', 'A'], entry: { command: 'own 1' } },
    { list: ['hooks', 'B'], entry: { command: 'own 2' } },
  ]
  const isOwn = (entry: unknown) => JSON.stringify(entry).includes('own')

  it.each([
    '{}',
    '{ }',
    '{"a": 1}',
    '{\n  "a": 1 // one\n}\n',
    '{\n  "hooks": {}\n}\n',
    '{\r\n  "a": [1, 2],\r\n  "hooks": { "A": [] }\r\n}\r\n',
    '{\n    "hooks": {\n        "A": [\n            { "command": "theirs" }\n        ],\n    },\n}\n',
  ])('come and go without a trace: %j', (text) => {
    const added = addEntries(text, entries, isOwn)
    expect(added).not.toBeNull()
    expect(added).not.toBe(text)
    expect(addEntries(added ?? '', entries, isOwn)).toBe(added)
    expect(removeEntries(added ?? '', isOwn)).toBe(text)
  })

  it.each(['[]', '{', '{"hooks": 3}', '{"hooks": {"A": {}}}'])(
    'are not put into what has another shape: %j',
    (text) => {
      expect(addEntries(text, entries, isOwn)).toBeNull()
    },
  )
})
