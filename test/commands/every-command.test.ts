import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import type { Command } from '../../src/commands/command.js'
import { commandSet } from '../../src/commands/command-set.js'
import { coreCommands } from '../../src/commands/index.js'
import { createContainer } from '../../src/container.js'
import { runCommandLine } from '../../src/run-command-line.js'
import { createMachine, type Machine } from '../support/machine.js'
import { documentOf, type Ended, runCli } from '../support/run-cli.js'

/** All there are: one that is added is asked as well. */
const COMMANDS = commandSet(await createContainer(), coreCommands)

/** What has to be said for a command to get as far as its work, beside a word for each argument. */
const NEEDED: Readonly<Record<string, string>> = {
  run: '--reserve src/x1.ts',
  'auth keygen': '--handle somebody',
  'auth revoke': '--yes',
  'space kind': '--merge once',
  release: '--all',
  intent: '--op modify',
  'space visibility': 'private',
  completion: 'bash',
  setup: 'claude',
}
/** Read the process's own standard input, or serve until they are stopped: asked only for what is wrong with their line. */
const SERVING = ['mcp', 'hub serve', 'ui', 'demo']
/** Answer other programs in forms of their own, and let them go on: an agent must not be stopped by a fault of ours. */
const FAILING_OPEN = ['hook', 'guard']
/** Show what a page or a script is made of: no document. */
const OF_OWN_FORM = ['completion']

const worked = COMMANDS.filter(({ name }) => !SERVING.includes(name))
const named = (commands: readonly Command[]) => commands.map((command) => [command.name, command] as const)

/** A line that is right: whatever it is refused for is the fault that the test has made. */
function lineOf({ name, arguments: places = '', takesRest }: Command): string[] {
  const needed = NEEDED[name]?.split(' ') ?? []
  const words = places.includes('<') && (needed.length === 0 || needed[0]?.startsWith('--')) ? wordsFor(places) : []
  return [...name.split(' '), ...needed, ...words, '--json', ...(takesRest ? ['--', 'true'] : [])]
}

function wordsFor(places: string): string[] {
  return (places.match(/<[^>]+>/g) ?? []).map((_, index) => `x${index + 1}`)
}

/** Long enough for whatever ends by itself. */
const BY_ITSELF = 60_000
/** After this who still tries to reach a hub is stopped. */
const TRYING = 400

async function ended(machine: Machine, argv: readonly string[], milliseconds = BY_ITSELF) {
  const stop = new AbortController()
  const timer = setTimeout(() => stop.abort(), milliseconds)
  const env = { MUSE_COORD_RUN_ID: 'r1', MUSE_COORD_TIMEOUT: '1' }
  try {
    return await runCli(machine, argv, { env, signal: stop.signal, input: '{}' })
  } finally {
    clearTimeout(timer)
  }
}

/** What any failure is: one document of three fields on stdout, nothing on stderr, an exit code that means a failure. */
function refusalOf(end: Ended) {
  const { error, status, hint, ...more } = documentOf(end)
  expect([typeof error, typeof status, typeof hint, more, end.stderr]).toEqual(['string', 'string', 'string', {}, ''])
  expect([1, 2, 4, 6, 7, 8, 130]).toContain(end.exitCode)
  return { exitCode: end.exitCode, status, error: error as string }
}

/** One document or more, and the last one is a failure where the exit code is. Returns it. */
function lastOf({ stdout, exitCode }: Ended): Record<string, unknown> {
  expect(exitCode).not.toBe(3)
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) as string)
}

describe('every command', () => {
  it.each(named(COMMANDS))('refuses a flag that it does not have, and touches nothing: %s', async (name, command) => {
    const machine = await createMachine()
    const before = machine.everything()
    const line = [...name.split(' '), '--nonsuch', ...lineOf(command).slice(name.split(' ').length)]
    expect(refusalOf(await ended(machine, line))).toEqual({
      ...{ exitCode: 1, status: 'bad_args', error: expect.stringContaining('--nonsuch') },
    })
    expect(machine.everything()).toEqual(before)
  })

  it.each(named(COMMANDS.filter(({ arguments: places = '' }) => places.includes('<'))))(
    'refuses a line without what it is about: %s',
    async (name) => {
      const machine = await createMachine()
      const before = machine.everything()
      expect(refusalOf(await ended(machine, [...name.split(' '), '--json']))).toMatchObject({ exitCode: 1 })
      expect(machine.everything()).toEqual(before)
    },
  )

  it.each(named(COMMANDS.filter(({ arguments: places = '' }) => !places.includes('...'))))(
    'refuses words that it has no use for: %s',
    async (name, command) => {
      const machine = await createMachine()
      const before = machine.everything()
      const [front, rest] = [lineOf(command).slice(0, name.split(' ').length), ['w1', 'w2', 'w3', 'w4', '--json']]
      expect(refusalOf(await ended(machine, [...front, ...rest]))).toMatchObject({ exitCode: 1, status: 'bad_args' })
      expect(machine.everything()).toEqual(before)
    },
  )
})

/** What needs no store, and what makes one. */
const WITHOUT_STORE =
  /^(whoami|init|join|kinds|kinds new|completion|setup|hook|prime|guard|auth \w[\w-]*|space (show|visibility|invite|invites|uninvite|grant|revoke|kind|log)|hub \w+)$/

describe('every command, where there is no store', () => {
  it.each(named(worked))('says so with 2, or needs none: %s', async (name, command) => {
    const machine = await createMachine()
    fs.rmSync(path.join(machine.root, '.muse'), { recursive: true })
    const end = await ended(machine, lineOf(command))
    if (OF_OWN_FORM.includes(name) || FAILING_OPEN.includes(name)) expect(end.exitCode).toBe(0)
    else if (WITHOUT_STORE.test(name)) expect(lastOf(end).status).not.toBe('not_a_repo')
    else expect(refusalOf(end)).toMatchObject({ exitCode: 2, status: 'not_a_repo' })
    if (!['init', 'setup'].includes(name)) expect(fs.existsSync(path.join(machine.root, '.muse'))).toBe(false)
  })
})

describe('every command, where the settings cannot be read', () => {
  it.each(named(worked))('names the file, or needs none: %s', async (name, command) => {
    const machine = await createMachine()
    const settings = path.join(machine.root, '.muse/config.toml')
    fs.writeFileSync(settings, '[[[')
    const end = await ended(machine, lineOf(command))
    expect(fs.readFileSync(settings, 'utf8')).toBe('[[[')
    if (OF_OWN_FORM.includes(name) || FAILING_OPEN.includes(name)) expect(end.exitCode).toBe(0)
    else if (end.exitCode !== 0 && name !== 'doctor') {
      const { status, error } = refusalOf(end)
      if (!WITHOUT_STORE.test(name))
        expect({ status, error }).toEqual({ status: 'bad_config', error: expect.stringContaining(settings) })
    } else if (name !== 'doctor') expect(name).toMatch(WITHOUT_STORE)
  })
})

/** Ask for no record. */
const WITHOUT_RECORDS =
  /^(whoami|trust|join|kinds|kinds new|completion|setup|hook|prime|guard|auth \w[\w-]*|space (?!release)\w+|hub \w+)$/

describe('every command, where the store cannot be read', () => {
  it.each(named(worked))('takes nothing for absent: %s', async (name, command) => {
    const machine = await createMachine()
    fs.rmSync(machine.coordination, { recursive: true })
    fs.writeFileSync(machine.coordination, 'somebody’s notes')
    const end = await ended(machine, lineOf(command))
    expect(fs.readFileSync(machine.coordination, 'utf8')).toBe('somebody’s notes')
    if (OF_OWN_FORM.includes(name) || FAILING_OPEN.includes(name) || WITHOUT_RECORDS.test(name)) {
      expect(end.exitCode).not.toBe(3)
      return
    }
    const said = lastOf(end)
    expect([said, end.exitCode]).toEqual([said, end.exitCode === 0 ? 0 : 1])
    if (said.status !== 'no_hub_url') expect(JSON.stringify(said)).toContain(machine.coordination)
  })
})

describe('every command that knows a kind', () => {
  it('is named by words with which no other begins: a line that names it is read without the others', () => {
    const others = coreCommands.map(({ name }) => `${name} `)
    const names = COMMANDS.map(({ name }) => `${name} `).filter((name) => !others.includes(name))
    expect(names.length).toBeGreaterThan(10)
    const clashing = names.filter((name) => others.some((other) => other.startsWith(name) || name.startsWith(other)))
    expect(clashing).toEqual([])
  })
})

describe('every command, where the hub is away', () => {
  it.each(named(worked))('ends as one that failed, or does without: %s', async (_, command) => {
    const machine = await createMachine({ hub: 'http://127.0.0.1:9' })
    const end = await ended(machine, lineOf(command), TRYING)
    expect(end.exitCode).not.toBe(3)
    if (end.exitCode !== 0 && !end.stdout.includes('"schema_version"')) refusalOf(end)
  })
})

describe('every command, whose words nobody can keep', () => {
  it.each(named(worked.filter(({ name }) => !FAILING_OPEN.includes(name))))(
    'ends as one that failed, and says why: %s',
    async (_, command) => {
      const machine = await createMachine()
      let stderr = ''
      const exitCode = await runCommandLine(lineOf(command), {
        streams: {
          stdout() {
            throw Object.assign(new Error('ENOSPC: no space left on device, write'), {
              code: 'ENOSPC',
              syscall: 'write',
            })
          },
          stderr: (text) => {
            stderr += text
          },
          interactive: false,
          columns: 0,
        },
        env: { ...machine.env, MUSE_COORD_RUN_ID: 'r1' },
        directory: machine.root,
        signal: new AbortController().signal,
        readInput: async () => ({ text: '{}' }),
      })
      expect(exitCode).not.toBe(0)
      expect(stderr).toMatch(/^❌ .*no space left.*\n {3}\S/)
      expect(exitCode).not.toBe(3)
    },
  )
})
