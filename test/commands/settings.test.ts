import fs from 'node:fs'
import path from 'node:path'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { answer, type FaultyHub, startFaultyHub } from '../support/faulty-hub.js'
import { createMachine, type Machine } from '../support/machine.js'
import { documentOf, runCli } from '../support/run-cli.js'
import { runExecutable } from '../support/run-executable.js'

const EMPTY = answer(200, { records: [], cursor: 0 })

describe('a setting', () => {
  let hubs: { flag: FaultyHub; environment: FaultyHub; config: FaultyHub }
  let machine: Machine

  beforeEach(async () => {
    hubs = {
      flag: await startFaultyHub(EMPTY),
      environment: await startFaultyHub(EMPTY),
      config: await startFaultyHub(EMPTY),
    }
    machine = await createMachine({ hub: hubs.config.url, owner: 'config', slug: 'config', signer: null })
  })

  const spaces = (hub: FaultyHub) => hub.requests.map(({ target }) => target.split('/coord')[0])

  it.each([
    ['MUSE_COORD_HUB', '--hub', 'hub'],
    ['MUSE_COORD_OWNER', '--owner', 'owner'],
    ['MUSE_COORD_SLUG', '--slug', 'slug'],
  ])('comes from its flag, then from %s, then from the settings of the repository', async (variable, flag, what) => {
    const value = { flag: what === 'hub' ? hubs.flag.url : 'flag', env: what === 'hub' ? hubs.environment.url : 'env' }
    const ask = async (flags: string[], env: Record<string, string>) => {
      for (const hub of Object.values(hubs)) hub.requests.length = 0
      expect(await runCli(machine, ['sync', 'pull', ...flags], { env })).toMatchObject({ exitCode: 0 })
      return Object.entries(hubs).flatMap(([name, hub]) => spaces(hub).map((space) => `${name}${space}`))
    }
    const expected = {
      hub: ['flag/config/config', 'environment/config/config', 'config/config/config'],
      owner: ['config/flag/config', 'config/env/config', 'config/config/config'],
      slug: ['config/config/flag', 'config/config/env', 'config/config/config'],
    }[what]
    expect(await ask([flag, value.flag], { [variable]: value.env })).toEqual([expected?.[0]])
    expect(await ask([], { [variable]: value.env })).toEqual([expected?.[1]])
    expect(await ask([], {})).toEqual([expected?.[2]])
    // An empty variable is one that is not set.
    expect(await ask([], { [variable]: '' })).toEqual([expected?.[2]])
  })

  it('is refused in the environment and in the settings as it is on the command line', async () => {
    const ended = await runCli(machine, ['sync', 'pull', '--json'], { env: { MUSE_COORD_OWNER: '../x' } })
    expect(documentOf(ended)).toMatchObject({ status: 'bad_args', error: expect.stringContaining('got "../x"') })
    const config = path.join(machine.root, '.muse/config.toml')
    fs.writeFileSync(config, '[coord]\nowner = "a/b"\nslug = "s"\n')
    expect(documentOf(await runCli(machine, ['sync', 'pull', '--json']))).toMatchObject({
      error: expect.stringContaining('got "a/b"'),
    })
    fs.writeFileSync(config, '[coord]\nownr = "a"\n')
    expect(documentOf(await runCli(machine, ['sync', 'pull', '--json']))).toMatchObject({
      status: 'bad_config',
      error: expect.stringMatching(/config\.toml: line 2: \[coord\] has no key "ownr"; did you mean "owner"\?/),
    })
  })

  it('of time is refused when it is none', async () => {
    for (const seconds of ['soon', '0', '-1', '1e9']) {
      const ended = await runCli(machine, ['sync', 'pull', '--json'], { env: { MUSE_COORD_TIMEOUT: seconds } })
      expect(documentOf(ended)).toMatchObject({
        status: 'bad_args',
        error: expect.stringContaining(`got "${seconds}"`),
      })
    }
  })
})

describe('the repository', () => {
  it('is the nearest one upwards', async () => {
    const hub = await startFaultyHub(EMPTY)
    const machine = await createMachine({ hub: hub.url })
    const deep = path.join(machine.root, 'a/b/c')
    fs.mkdirSync(deep, { recursive: true })
    expect(await runCli(machine, ['sync', 'pull'], { directory: deep })).toMatchObject({ exitCode: 0 })
  })

  it.each([
    ['before the command', (root: string) => ['-C', root, 'sync', 'pull', '--json']],
    ['after the command', (root: string) => ['sync', 'pull', '-C', root, '--json']],
    ['in its long form', (root: string) => [`--directory=${root}`, 'sync', 'pull', '--json']],
    ['behind --json', (root: string) => ['--json', '-C', root, 'sync', 'pull']],
  ])('is named by -C %s', async (_, argv) => {
    const hub = await startFaultyHub(EMPTY)
    const machine = await createMachine({ hub: hub.url })
    const ended = await runCli(machine, argv(machine.root), { directory: '/' })
    expect(ended).toMatchObject({ exitCode: 0 })
    expect(documentOf(ended)).toMatchObject({ count: 0 })
    expect(await runCli(machine, argv('repo'), { directory: path.dirname(machine.root) })).toMatchObject({
      exitCode: 0,
    })
  })

  it('is named by MUSE_REPO_ROOT wherever one stands, and must be there', async () => {
    const hub = await startFaultyHub(EMPTY)
    const [machine, other] = [await createMachine({ hub: hub.url }), await createMachine({ slug: 'other' })]
    const env = { MUSE_REPO_ROOT: machine.root }
    expect(await runCli(other, ['sync', 'pull'], { env })).toMatchObject({ exitCode: 0 })
    expect(hub.requests[0]?.target).toMatch('/gabriel/muse/')
    const nowhere = await runCli(machine, ['sync', 'pull', '--json'], { env: { MUSE_REPO_ROOT: '/nowhere' } })
    expect(nowhere).toMatchObject({ exitCode: 2 })
    expect(documentOf(nowhere)).toMatchObject({ status: 'not_a_repo', error: expect.stringContaining('/nowhere') })
  })

  it('that is none ends the real program with 2 and one document', async () => {
    const machine = await createMachine()
    const ended = await runExecutable(machine, ['sync', 'push', '--json', '--owner', 'a', '--slug', 'b'], {
      directory: '/',
    })
    expect(ended).toMatchObject({ exitCode: 2, stderr: '' })
    expect(documentOf(ended)).toMatchObject({ status: 'not_a_repo' })
  })
})

describe('an identity', () => {
  it('that cannot be used is an error, and never somebody nameless', async () => {
    const hub = await startFaultyHub(EMPTY)
    const machine = await createMachine({ hub: hub.url })
    const file = path.join(machine.home, '.muse/identity.toml')
    for (const damaged of [
      'handle = ',
      fs.readFileSync(file, 'utf8').replace(/fingerprint = "sha256:..../, 'fingerprint = "sha256:0000'),
    ]) {
      fs.writeFileSync(file, damaged)
      const ended = await runCli(machine, ['sync', 'pull', '--json'])
      expect(ended.exitCode).toBe(1)
      expect(documentOf(ended)).toMatchObject({
        status: 'no_identity',
        error: expect.stringContaining('identity.toml'),
      })
    }
    expect(hub.requests).toEqual([])
  })
})
