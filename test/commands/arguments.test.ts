import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { answer, startFaultyHub } from '../support/faulty-hub.js'
import { createMachine } from '../support/machine.js'
import { documentOf, runCli } from '../support/run-cli.js'

/** A hub that remembers what it was asked and has nothing, and a machine that is set up for it. */
async function setUp() {
  const hub = await startFaultyHub(answer(200, { records: [], cursor: 0 }))
  const machine = await createMachine({ hub: hub.url })
  const run = (...argv: string[]) => runCli(machine, argv)
  return { hub, machine, run, asked: () => hub.requests.map(({ target }) => target) }
}

/** What a line is refused with: exit code, status and sentence, and that no hub was asked. */
async function refusalOf(...argv: string[]) {
  const { run, hub, machine } = await setUp()
  const before = machine.everything()
  const ended = await run(...argv, '--json')
  expect(hub.requests).toEqual([])
  expect(machine.everything()).toEqual(before)
  expect(ended.stderr).toBe('')
  const { error, status, hint, ...more } = documentOf(ended)
  expect([typeof hint, more]).toEqual(['string', {}])
  return { exitCode: ended.exitCode, status, error }
}

describe('what begins with one dash', () => {
  it.each(['-dash.ts', '-xh', '-hx', '-jx'])('is no wish for help where it holds more than flags: %s', async (word) => {
    expect(await refusalOf('reserve', word)).toMatchObject({ exitCode: 1, status: 'bad_args' })
  })

  it('may be several flags, and an address behind --', async () => {
    const { run } = await setUp()
    expect(documentOf(await run('status', '-jh'))).toMatchObject({ name: 'status' })
    const reserved = await run('reserve', '--run-id', 'r1', '--json', '--', '-dash.ts')
    expect(documentOf(reserved)).toMatchObject({ status: 'ok', addresses: ['-dash.ts'] })
  })
})

describe('an id that begins with a dash', () => {
  const IDS = ['-rf', '-h', '-j', '--help', '--json', '--no-plugins', '--version', '--']
  const VERBS: readonly (readonly string[])[] = [
    ['show'],
    ['wait', '--timeout', '1s'],
    ['claim'],
    ['complete'],
    ['fail-task'],
    ['withdraw'],
    ['handover', '--to', 'r2'],
    ['release'],
    ['heartbeat'],
  ]

  it.each(VERBS)('is one behind --, and no flag of %s', async (...verb) => {
    const machine = await createMachine()
    const run = verb[0] === 'show' || verb[0] === 'wait' ? [] : ['--run-id', 'r1']
    for (const id of IDS) {
      const ended = await runCli(machine, [...verb, ...run, '--', id])
      expect([id, ended.exitCode === 0]).toEqual([id, false])
      expect(ended.stdout + ended.stderr).toContain(` ${id}.`)
    }
  })

  it('is one as the value of a flag, where it is none of the command', async () => {
    const { run } = await setUp()
    const json = async (...argv: string[]) => documentOf(await run(...argv, '--run-id', 'r1', '--json'))
    expect(await json('enqueue', 'first', '--id', '-rf')).toMatchObject({ task_id: '-rf' })
    expect(await json('enqueue', 'second', '--id=--json')).toMatchObject({ task_id: '--json' })
    expect(await json('enqueue', 'third', '--after', '-rf', 'x', '--after=--json')).toMatchObject({
      error: expect.stringContaining(' x'),
    })
    expect(await json('enqueue', 'fourth', '--after', '-rf', '--after=--json')).toMatchObject({
      after: ['-rf', '--json'],
    })
    expect(await json('enqueue', 'fifth', '--after', '-j')).toMatchObject({ error: expect.stringContaining('missing') })
    expect(await json('enqueue', 'sixth', '--after', '--aftr')).toMatchObject({
      error: expect.stringContaining('did you mean --after'),
    })
  })

  it('stands in the commands of cures as it has to be typed', async () => {
    const machine = await createMachine()
    const run = (...argv: string[]) => runCli(machine, argv)
    await run('enqueue', 'first', '--id', '-rf', '--run-id', 'r1')
    await run('claim', '--run-id', 'r1', '--', '-rf')
    const held = await run('claim', '--run-id', 'r2', '--', '-rf')
    expect(held.stderr).toContain('`muse-coord wait -- -rf`')
    expect(held.stderr).toContain('`muse-coord claim --take -- -rf`')
    await run('complete', '--run-id', 'r1', '--', '-rf')
    expect((await run('claim', '--run-id', 'r2', '--', '-rf')).stderr).toContain('--replaces=-rf`')
  })

  it('has flags behind -- told from those before it', async () => {
    const { run } = await setUp()
    expect((await run('complete', '--', '-rf', '--result', '{}')).stderr).toContain('what stands behind -- is no flag')
  })
})

describe('values', () => {
  it.each(['007', '1e21', '0x10', '00', '1.50', 'true', '-', 'a.b_c-d'])('stay as typed: %s', async (value) => {
    const { run, asked } = await setUp()
    const owner = /^[A-Za-z0-9]/.test(value) ? value : 'gabriel'
    await run('sync', 'pull', '--owner', owner, `--slug=${owner}`, '--json')
    expect(asked()).toEqual([`/${owner}/${owner}/coord/pull?since_id=0&limit=500`])
  })

  it.each([
    [['--limit', '1'], 'since_id=0&limit=1'],
    [['--limit=1000'], 'since_id=0&limit=1000'],
    [['--since-id', '0'], 'since_id=0&limit=500'],
    [['--since-id', '9007199254740991'], 'since_id=9007199254740991&limit=500'],
    [['--since-id', '5', '--since-id', '7'], 'since_id=7&limit=500'],
  ])('may be at the edge: %j', async (flags, query) => {
    const { run, asked } = await setUp()
    expect(await run('sync', 'pull', ...flags)).toMatchObject({ exitCode: 0 })
    expect(asked()).toEqual([`/gabriel/muse/coord/pull?${query}`])
  })

  it.each([
    [['--kinds', 'task', 'claim']],
    [['--kinds', 'task', '--kinds', 'claim']],
    [['--kinds', 'task,claim']],
    [['--kinds=task,claim']],
    [['--kinds', 'claim', '--kinds=task', '--limit', '500']],
  ])('of kinds may be given in any way: %j', async (flags) => {
    const { run, asked } = await setUp()
    expect(await run('sync', 'pull', ...flags)).toMatchObject({ exitCode: 0 })
    expect(asked()).toEqual(['/gabriel/muse/coord/pull?since_id=0&limit=500&kinds=task&kinds=claim'])
  })
})

describe('arguments that are wrong', () => {
  const NAME = 'must be 1–256 characters of A-Za-z0-9._- beginning with a letter or digit'

  it.each([
    ['--owner', '..'],
    ['--owner', ''],
    ['--owner', 'a/b'],
    ['--owner', 'a?b'],
    ['--owner', 'a b'],
    ['--owner', 'a\n'],
    ['--owner', '.a'],
    ['--owner', '-5'],
    ['--owner', 'x'.repeat(257)],
    ['--slug', '..'],
    ['--slug', '%2e%2e'],
    ['--slug', 'x'.repeat(257)],
  ])('are refused before anything is touched: %s %j', async (flag, value) => {
    for (const command of ['push', 'pull']) {
      expect(await refusalOf('sync', command, flag, value)).toEqual({
        exitCode: 1,
        status: 'bad_args',
        error: expect.stringContaining(`${flag} ${NAME}, got ${JSON.stringify(value).slice(0, 70)}`),
      })
    }
  })

  it('take a name of 256 characters', async () => {
    const { run } = await setUp()
    expect(await run('sync', 'pull', '--owner', 'x'.repeat(256))).toMatchObject({ exitCode: 0 })
  })

  it.each([
    ['--since-id', '-5', 'a whole number >= 0'],
    ['--since-id', '1.5', 'a whole number >= 0'],
    ['--since-id', 'abc', 'a whole number >= 0'],
    ['--since-id', '1e3', 'a whole number >= 0'],
    ['--since-id', '', 'a whole number >= 0'],
    ['--since-id', '9007199254740992', 'at most 9007199254740991'],
    ['--limit', '0', '1–1000'],
    ['--limit', '1001', '1–1000'],
    ['--limit', 'abc', '1–1000'],
    ['--limit', '1e3', '1–1000'],
    ['--limit', '-5', '1–1000'],
    ['--limit', '5 ', '1–1000'],
    ['--limit', '٣', '1–1000'],
  ])('are refused: %s %j', async (flag, value, wanted) => {
    expect(await refusalOf('sync', 'pull', flag, value)).toEqual({
      exitCode: 1,
      status: 'bad_args',
      error: `${flag} must be ${wanted}, got ${JSON.stringify(value)}`,
    })
  })

  it.each([
    [['--kinds', 'clam'], /No plugin registers the kind "clam"; known kinds: reservation, heartbeat, intent/],
    [['--kinds', 'task', 'clam'], /"clam"/],
    [['--kinds', 'task,clam'], /"clam"/],
    [['--kinds', 'Task'], /"Task"/],
    [['--kinds', ''], /--kinds must be at least one name, got ""/],
    [['--kinds', ','], /--kinds must be at least one name, got ","/],
    [['--kinds'], /--kinds <kind>.* value is missing/],
    [['--owner'], /--owner <name>.* value is missing/],
    [['--frobnicate'], /There is no flag --frobnicate\./],
    [['--ownr', 'gabriel'], /There is no flag --ownr; did you mean --owner\?/],
    [['--since_id', '5'], /There is no flag --since_id; did you mean --since-id\?/],
    [['-x'], /There is no flag -x/],
    [['-jx'], /There is no flag -x/],
    [['--no-json'], /There is no flag --no-json/],
    [['--sinceId', '5'], /There is no flag --sinceId; did you mean --since-id\?/],
    [['--__proto__', '5'], /There is no flag --__proto__/],
    [['--constructor=5'], /There is no flag --constructor/],
    [['extra'], /extra/],
    [['--', 'extra'], /extra/],
    [['--all=yes'], /--all must be given without a value, got "yes"/],
    [['--all=false'], /--all must be given without a value, got "false"/],
  ])('are refused: %j', async (flags, error) => {
    expect(await refusalOf('sync', 'pull', '--json', ...flags)).toEqual({
      exitCode: 1,
      status: 'bad_args',
      error: expect.stringMatching(error),
    })
  })

  it.each([
    [['sync', 'psuh'], /There is no command "sync psuh"; did you mean "sync push"\?/],
    [['snyc', 'push'], /did you mean "sync push"\?/],
    [['hub', 'sweeep'], /There is no command "hub sweeep"; did you mean "hub serve" or /],
    [['space', 'revok'], /There is no command "space revok"; did you mean "space /],
    [['gx'], /There is no command "gx"\./],
    [['frobnicate'], /There is no command "frobnicate"\./],
    [['knids'], /did you mean "kinds"\?/],
    [['chekc', 'src/a.ts', 'src/b.ts'], /There is no command "chekc"; did you mean "check"\?/],
  ])('name no command: %j', async (argv, error) => {
    expect(await refusalOf(...argv)).toEqual({ exitCode: 1, status: 'bad_args', error: expect.stringMatching(error) })
  })

  it('never mean a command that takes away', async () => {
    const { error } = await refusalOf('hub', 'sweeep')
    for (const name of ['sweep', 'revoke', 'restore']) expect(error).not.toContain(`"hub ${name}"`)
  })

  it.each(['sync', 'hub'])('list the commands of a group that stands alone: %s', async (group) => {
    const ended = await runCli(await createMachine(), [group])
    expect(ended).toMatchObject({ exitCode: 0, stderr: '', stdout: expect.stringContaining(`muse-coord ${group} `) })
  })

  it.each([
    ['ftp://hub.example.com'],
    ['hub.example.com'],
    ['http://'],
    ['http://user:secret@hub.example.com'],
    ['http://hub.example.com/?x=1'],
    [''],
  ])('are refused as a hub: %j', async (url) => {
    const refusal = await refusalOf('sync', 'pull', '--hub', url)
    expect(refusal).toMatchObject({ exitCode: 1, error: expect.stringMatching(/hub URL/i) })
    expect(refusal.error).not.toContain('secret')
  })

  it('send no credentials over plain http to another machine', async () => {
    const machine = await createMachine({ hub: 'http://hub.example.com' })
    const ended = await runCli(machine, ['sync', 'pull', '--json'])
    expect(documentOf(ended)).toMatchObject({
      status: 'hub_error',
      error: expect.stringContaining('Credentials are not sent'),
    })
  })
})

describe('checks', () => {
  const OUTSIDE = { directory: '/' }
  // Each line is wrong in all the ways that are checked after the one it is refused for.
  it.each([
    [
      'owner',
      ['--owner', '..', '--slug', '..', '--since-id', '-1', '--limit', '0', '--kinds', 'clam', '--hub', 'x'],
      /^--owner/,
    ],
    [
      'slug',
      ['--owner', 'a', '--slug', '..', '--since-id', '-1', '--limit', '0', '--kinds', 'clam', '--hub', 'x'],
      /^--slug/,
    ],
    [
      'since-id',
      ['--owner', 'a', '--slug', 'b', '--since-id', '-1', '--limit', '0', '--kinds', 'clam', '--hub', 'x'],
      /^--since-id/,
    ],
    ['limit', ['--owner', 'a', '--slug', 'b', '--limit', '0', '--kinds', 'clam', '--hub', 'x'], /^--limit/],
    ['kinds', ['--owner', 'a', '--slug', 'b', '--kinds', 'clam', '--hub', 'x'], /kind "clam"/],
    ['repository', ['--owner', 'a', '--slug', 'b', '--hub', 'x'], /not inside a Muse repository/],
  ])('come in their order: %s', async (_, flags, error) => {
    const machine = await createMachine()
    const ended = await runCli(machine, ['sync', 'pull', '--json', ...flags], OUTSIDE)
    expect(documentOf(ended).error).toMatch(error)
  })

  it('come in their order: hub URL', async () => {
    const machine = await createMachine()
    const ended = await runCli(machine, ['sync', 'pull', '--json', '--hub', 'x'])
    expect(documentOf(ended).error).toMatch(/hub URL "x"/)
  })

  it.each(['push', 'pull'])(
    'end a %s outside of a repository with exit 2, also where nothing else was given',
    async (command) => {
      const machine = await createMachine()
      for (const flags of [[], ['--owner', 'a', '--slug', 'b', '--hub', 'http://127.0.0.1:9']]) {
        const ended = await runCli(machine, ['sync', command, '--json', ...flags], OUTSIDE)
        expect(ended).toMatchObject({ exitCode: 2, stderr: '' })
        expect(documentOf(ended)).toEqual({
          error: expect.stringContaining('/ is not inside a Muse repository'),
          status: 'not_a_repo',
          hint: expect.stringContaining('muse-coord init'),
        })
        const told = await runCli(machine, ['sync', command, ...flags], OUTSIDE)
        expect(told).toMatchObject({ exitCode: 2, stdout: '' })
        expect(told.stderr).toMatch(/^❌ .*not inside a Muse repository.*\n {3}Run .*\n$/)
      }
    },
  )

  it('name what is missing when neither flag, environment nor settings say it', async () => {
    const machine = await createMachine()
    expect(documentOf(await runCli(machine, ['sync', 'push', '--json']))).toMatchObject({
      status: 'no_hub_url',
      hint: expect.stringContaining('`muse-coord init --hub URL`'),
    })
    fs.writeFileSync(path.join(machine.root, '.muse/config.toml'), '')
    const ended = await runCli(machine, ['sync', 'push', '--json'])
    expect(ended.exitCode).toBe(1)
    expect(documentOf(ended)).toMatchObject({ status: 'bad_args', error: '--owner is missing.' })
  })
})
