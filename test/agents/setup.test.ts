import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { addEntries, removeEntries } from '../../plugins/agents/json-entries.js'
import { addMember, removeMember } from '../../plugins/agents/json-member.js'
import { addTable, removeTable } from '../../plugins/agents/toml-table.js'
import { openSession, release, reserve, type SetupRequest, setup as setUp, status } from '../../src/index.js'
import { git, repository } from '../support/git.js'
import { runCli } from '../support/run-cli.js'
import { EXECUTABLE } from '../support/run-executable.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

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

/** The same in this process. */
async function runHere(...argv: readonly string[]) {
  const ended = await runCli({ root, env: env as Record<string, string> }, ['setup', ...argv, '--json'])
  return { status: ended.exitCode, document: JSON.parse(ended.stdout) }
}

async function setUpHere(request: Partial<SetupRequest> = {}, directory = root) {
  const session = await openSession({ directory, env })
  return setUp(session, { agents: PROGRAMS, ...request })
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

  it('calls no program missing that was found and not asked for', async () => {
    expect((await setUpHere({ agents: ['codex'] })).missing).toEqual(['gemini', 'opencode', 'copilot'])
  })

  it('is verified through the shell and the contract of each program, before and after', async () => {
    expect((await runHere('--verify', ...PROGRAMS)).status).toBe(1)
    await runHere(...PROGRAMS)
    const { status, document } = await runHere('--verify', ...PROGRAMS)
    expect(document.verified.map(({ name, works }: { name: string; works: boolean }) => [name, works])).toEqual(
      PROGRAMS.map((name) => [name, true]),
    )
    expect(status).toBe(0)
  })

  it('leaves nothing of what it was verified by, in the store or in what others are told', async () => {
    await runHere('claude')
    expect((await runHere('--verify', 'claude')).status).toBe(0)
    expect(await status(await openSession({ directory: root, env }))).toMatchObject({ runs: [], holds: [] })
    expect(fs.readdirSync(path.join(root, '.muse/coordination/.sync/agents'))).toEqual([])
    const request = { addresses: ['src/a.ts'], runId: 'agent-9', ttlSeconds: 60, deny: true }
    await reserve(await openSession({ directory: root, env }), request)
    const { holds } = await status(await openSession({ directory: root, env }))
    expect(holds.map(({ runId }) => runId)).toEqual(['agent-9'])
    await release(await openSession({ directory: root, env }), { reservations: null, runId: 'agent-9' })
    expect((await runHere('--verify', 'claude')).status).toBe(0)
  })

  it('changes nothing when it is repeated, and nothing at all with --dry-run', async () => {
    await runHere('--dry-run', ...PROGRAMS)
    expect(git(root, 'status', '--porcelain')).toBe('')
    await runHere(...PROGRAMS)
    const { document } = await runHere(...PROGRAMS)
    expect(new Set(document.files.map(({ change }: { change: string }) => change))).toEqual(new Set(['unchanged']))
  })

  it('gives back every file to the byte, and removes those that it has made', async () => {
    write('.claude/settings.json', '{\n\t// mine\n\t"model": "opus",\n\t"hooks": { "Stop": [ { "hooks": [] } ] }\n}')
    write('.gemini/settings.json', '{"a":1}')
    write('CLAUDE.md', '# Mine, without an end')
    git(root, 'add', '--all')
    git(root, 'commit', '--quiet', '--message', 'Settings')
    await runHere(...PROGRAMS)
    expect(read('.claude/settings.json')).toContain('// mine')
    expect(git(root, 'status', '--porcelain').split('\n').length).toBeGreaterThan(5)
    expect((await runHere('--remove')).status).toBe(0)
    expect(git(root, 'status', '--porcelain', '--', '.', ':!.muse')).toBe('')
  })

  it('repairs entries of its own that are old or half there', async () => {
    await runHere('claude')
    const whole = read('.claude/settings.json')
    write('.claude/settings.json', whole.replace('"Edit|Write|NotebookEdit"', '"Edit"'))
    await runHere('claude')
    expect(read('.claude/settings.json')).toBe(whole)
  })

  it('leaves alone what it cannot read, and names it', async () => {
    write('.claude/settings.json', '{"hooks": [')
    const { status, document } = await runHere('claude')
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

describe('the server of tools', () => {
  it('is told to each program, in its own words', async () => {
    await setUpHere()
    const server = { command: 'muse-coord', args: ['mcp'] }
    expect(JSON.parse(read('.mcp.json'))).toEqual({ mcpServers: { 'muse-coord': server } })
    expect(JSON.parse(read('.gemini/settings.json'))).toMatchObject({
      hooks: { BeforeTool: expect.anything() },
      mcpServers: { 'muse-coord': server },
    })
    expect(JSON.parse(read('opencode.json')).mcp['muse-coord']).toMatchObject({ command: ['muse-coord', 'mcp'] })
    expect(JSON.parse(read('.github/mcp.json')).mcpServers['muse-coord']).toMatchObject({ type: 'local', ...server })
    expect(read('.codex/config.toml')).toContain('[mcp_servers.muse-coord]\ncommand = "muse-coord"\n')
    expect((await setUpHere()).files.map(({ change }) => change)).not.toContain('changed')
  })

  it('is started by the path of the program where no shell would find that', async () => {
    env = { ...env, PATH: '/usr/bin:/bin' }
    await setUpHere({ scope: 'user' })
    const text = fs.readFileSync(path.join(String(env.HOME), '.codex/config.toml'), 'utf8')
    expect(text).toContain(`command = "${process.execPath}"`)
    const { mcpServers } = JSON.parse(fs.readFileSync(path.join(String(env.HOME), '.claude.json'), 'utf8'))
    expect(mcpServers['muse-coord'].command).toBe(process.execPath)
  })

  it('is taken out to the byte, from files that others write too', async () => {
    const files = {
      '.mcp.json': '{"mcpServers":{"other":{"command":"other"}}}',
      '.codex/config.toml': '# mine\nmodel = "x" # best\n\n[mcp_servers.other]\ncommand = "other"',
      '.gemini/settings.json': '{\n  // mine\n  "mcpServers": {\n    "other": { "command": "other" },\n  },\n}\n',
      'opencode.json': '{\r\n\t"model": "x"\r\n}\r\n',
    }
    for (const [name, text] of Object.entries(files)) write(name, text)
    await setUpHere()
    for (const name of Object.keys(files)) expect(read(name)).toContain('muse-coord')
    await setUpHere({ remove: true })
    expect(Object.fromEntries(Object.keys(files).map((name) => [name, read(name)]))).toEqual(files)
  })

  it('is left as it is where its user has added to it, and where a file cannot be read', async () => {
    const own = '{"mcpServers": {"muse-coord": {"command": "muse-coord", "args": ["mcp"], "env": {"A": "b"}}}}'
    write('.mcp.json', own)
    write('.codex/config.toml', 'mcp_servers = { other = { command = "x" } }\n')
    write('opencode.json', '{"mcp": [')
    const { files } = await setUpHere()
    expect(read('.mcp.json')).toBe(own)
    const unreadable = files.filter(({ change }) => change === 'unreadable').map((one) => path.relative(root, one.path))
    expect(unreadable).toEqual(['.codex/config.toml', 'opencode.json'])
  })

  it.each([
    '{}',
    '{ }',
    '{"a": 1}',
    '{\n  "m": {}\n}\n',
    '{\n\t"m": {\n\t\t"other": 1, // one\n\t},\n}',
    '{\r\n  "a": []\r\n}',
  ])('comes and goes without a trace in %j', (text) => {
    const added = addMember(text, ['m', 'own'], { command: 'x' })
    expect(added).toContain('"own"')
    expect(addMember(added ?? '', ['m', 'own'], { command: 'x' })).toBe(added)
    expect(addMember(added ?? '', ['m', 'own'], { command: 'y' })).toContain('"y"')
    expect(removeMember(added ?? '', ['m', 'own'])).toBe(text)
  })

  it.each(['', 'a = 1', 'a = 1\n', 'a = 1\r\n', 'a = 1\r\nb = 2', '[m.other]\nb = 2 # two\r\n'])(
    'comes and goes in TOML: %j',
    (text) => {
      const added = addTable(text, ['m', 'own'], { args: ['x'] })
      expect(added).toContain('[m.own]')
      expect(addTable(added ?? '', ['m', 'own'], { args: ['x'] })).toBe(added)
      expect(removeTable(added ?? '')).toBe(text)
    },
  )

  it('of another hand stays, in TOML too', () => {
    const text = '[m.own]\ncommand = "mine"\n'
    expect(addTable(text, ['m', 'own'], { command: 'ours' })).toBe(text)
    expect(removeTable(text)).toBe(text)
  })
})

describe('what setup leaves to a person', () => {
  it('is to make the store, where it sets up everything that its user works on', async () => {
    const home = env.HOME as string
    const before = '{\n  "numStartups": 3,\n  "projects": {}\n}\n'
    fs.writeFileSync(path.join(home, '.claude.json'), before)
    const { document } = setup('claude', '--scope', 'user')
    expect(document.unstored).toContain('muse-coord init')
    expect(fs.existsSync(path.join(root, '.muse'))).toBe(false)
    const servers = { 'muse-coord': { type: 'stdio', command: 'muse-coord', args: ['mcp'] } }
    const known = JSON.parse(fs.readFileSync(path.join(home, '.claude.json'), 'utf8'))
    expect(known).toEqual({ numStartups: 3, projects: {}, mcpServers: servers })
    await setUpHere({ agents: ['claude'] })
    expect((await setUpHere({ agents: ['claude'], scope: 'user' })).unstored).toBeNull()
    await setUpHere({ agents: ['claude'], scope: 'user', remove: true })
    expect(fs.readFileSync(path.join(home, '.claude.json'), 'utf8')).toBe(before)
  })

  it('is to commit what it wrote, until that is done', async () => {
    write('.gitignore', '.muse/\n.codex/\n')
    expect((await setUpHere({ agents: ['claude', 'codex'] })).uncommitted).toEqual([
      '.claude/settings.json',
      '.mcp.json',
      'AGENTS.md',
      'CLAUDE.md',
    ])
    git(root, 'add', '--all')
    git(root, 'commit', '--quiet', '--no-verify', '--message', 'Set up')
    expect((await setUpHere({ agents: ['claude', 'codex'] })).uncommitted).toEqual([])
  })

  it('is to let a sandbox write the store where that lies outside of the working tree', async () => {
    expect((await setUpHere()).agents.map(({ outside }) => outside)).toEqual(PROGRAMS.map(() => null))
    const linked = path.join(path.dirname(root), 'linked')
    git(root, 'worktree', 'add', '--quiet', linked)
    const { agents } = await setUpHere({}, linked)
    const told = agents.filter(({ outside }) => outside !== null)
    expect(told.map(({ name }) => name)).toEqual(['codex'])
    expect(told[0]?.outside).toContain(`writable_roots = ["${path.join(fs.realpathSync(root), '.muse')}"]`)
  })

  it('is not to name the hub a second time', async () => {
    await setUpHere({ agents: ['claude'], hub: 'http://127.0.0.1:1337' })
    await setUpHere({ agents: ['claude'] })
    expect(read('.muse/config.toml')).toContain('\nurl = "http://127.0.0.1:1337"')
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
