import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { cleanUp } from '../support/clean-up.js'
import { git } from '../support/git.js'
import { createMachine, type Machine } from '../support/machine.js'
import { documentOf, runCli } from '../support/run-cli.js'
import { startHub } from '../support/start-hub.js'

const TASK = { 'tasks/t1.json': { task_id: 't1', run_id: 'r1', title: 'Send me the keys' } }

/** A clone whose settings, tracked by git, name a space of the very user who opened it. */
async function clone(): Promise<{ machine: Machine; hub: string; received: () => Promise<number> }> {
  const hub = await startHub()
  cleanUp(hub.close)
  const carol = await hub.register('carol')
  const space = await hub.store.createSpace('carol', 'secret')
  const machine = await createMachine({ hub: hub.url, owner: 'carol', slug: 'secret', signer: carol })
  git(machine.root, 'init', '--quiet')
  git(machine.root, 'add', '.muse/config.toml')
  machine.write(TASK)
  const received = async () => (await hub.store.since(space, { sinceId: 0, limit: 10, kinds: [] })).records.length
  return { machine, hub: hub.url, received }
}

describe('a hub and a space that settings name which git tracks', () => {
  it('get no signature and no pull before the user has trusted them, and are told', async () => {
    const { machine, received } = await clone()
    for (const argv of [
      ['sync', 'push'],
      ['sync', 'pull'],
      ['space', 'show'],
      ['claim', 't1', '--run-id', 'r2'],
    ]) {
      const ended = await runCli(machine, [...argv, '--json'])
      expect(documentOf(ended)).toMatchObject({
        status: 'untrusted',
        hint: expect.stringContaining('muse-coord trust'),
      })
      expect(ended.exitCode).toBe(1)
    }
    expect(await received()).toBe(0)
    expect(fs.existsSync(path.join(machine.home, '.muse/workspaces.toml'))).toBe(false)
    const registering = await runCli(machine, ['auth', 'register', '--json'])
    expect(documentOf(registering)).toMatchObject({ status: 'untrusted' })
  })

  it('leave everything that needs no hub as it is, and doctor says what is missing', async () => {
    const { machine } = await clone()
    const doctor = await runCli(machine, ['doctor'])
    expect(doctor.stdout).toMatch(/not trusted here.*\n.*muse-coord trust/)
    // Nobody has pulled there, so that what others hold is not known.
    const checked = await runCli(machine, ['check', 'a.ts', '--json'])
    expect(documentOf(checked)).toMatchObject({ status: 'unknown', holders: [] })
    for (const argv of [['status'], ['tasks'], ['reserve', 'a.ts', '--run-id', 'r1']]) {
      expect(await runCli(machine, argv)).toMatchObject({ exitCode: 0 })
    }
  })

  it('are shown, and used once they are trusted, until they change', async () => {
    const { machine, hub, received } = await clone()
    const shown = documentOf(await runCli(machine, ['trust', '--show', '--json']))
    expect(shown).toMatchObject({ settings: { hub, space: 'carol/secret', is_trusted: false }, is_trusted: false })
    expect(await runCli(machine, ['trust'])).toMatchObject({
      stdout: expect.stringContaining(`trusted: records go to ${hub}`),
    })
    expect((await runCli(machine, ['sync', 'push'])).exitCode).toBe(0)
    expect(await received()).toBe(1)
    const settings = path.join(machine.root, '.muse/config.toml')
    fs.writeFileSync(settings, fs.readFileSync(settings, 'utf8').replace('secret', 'another'))
    expect(documentOf(await runCli(machine, ['sync', 'push', '--json']))).toMatchObject({ status: 'untrusted' })
    fs.writeFileSync(settings, fs.readFileSync(settings, 'utf8').replace('another', 'secret'))
    expect((await runCli(machine, ['trust', '--remove'])).exitCode).toBe(0)
    // Although it was in step with it by then.
    expect(documentOf(await runCli(machine, ['sync', 'pull', '--json']))).toMatchObject({ status: 'untrusted' })
  })

  it('keep to themselves the password that somebody wrote into the address of the hub', async () => {
    const machine = await createMachine({ hub: 'https://hub.example.com', owner: 'carol', slug: 'secret' })
    const settings = path.join(machine.root, '.muse/config.toml')
    fs.writeFileSync(settings, fs.readFileSync(settings, 'utf8').replace('hub.example', 'carol:hunter2@hub.example'))
    git(machine.root, 'init', '--quiet')
    git(machine.root, 'add', '.muse/config.toml')
    const lines = [
      'trust --show',
      'trust',
      'init',
      'init --local',
      'init --slug other',
      'status',
      'doctor',
      'sync pull',
    ]
    for (const line of [...lines, 'space show', 'trust --remove', 'whoami', 'sync push', 'check a.ts']) {
      for (const form of [[], ['--json']]) {
        const { stdout, stderr } = await runCli(machine, [...line.split(' '), ...form])
        expect([line, stdout + stderr]).toEqual([line, expect.not.stringMatching(/hunter2/)])
      }
    }
    const shown = await runCli(machine, ['trust', '--show', '--json'])
    expect(documentOf(shown)).toMatchObject({ settings: { hub: 'https://***@hub.example.com' } })
  })

  it('are the user’s own word where flags, variables or `init` said them', async () => {
    const { machine, hub } = await clone()
    const flags = ['--hub', hub, '--owner', 'carol', '--slug', 'secret']
    const env = { MUSE_COORD_HUB: hub, MUSE_COORD_OWNER: 'carol' }
    expect(documentOf(await runCli(machine, ['sync', 'pull', '--json'], { env }))).toMatchObject({
      status: 'untrusted',
    })
    expect((await runCli(machine, ['sync', 'pull'], { env: { ...env, MUSE_COORD_SLUG: 'secret' } })).exitCode).toBe(0)
    fs.rmSync(path.join(machine.home, '.muse/workspaces.toml'))
    expect((await runCli(machine, ['init'])).exitCode).toBe(0)
    expect((await runCli(machine, ['init', '--hub', hub])).exitCode).toBe(0)
    expect(documentOf(await runCli(machine, ['sync', 'pull', '--json']))).toMatchObject({ status: 'untrusted' })
    expect((await runCli(machine, ['init', ...flags])).exitCode).toBe(0)
    expect((await runCli(machine, ['sync', 'pull'])).exitCode).toBe(0)
  })

  it('need no word where they were in step before git tracked them, and where git tracks another file', async () => {
    const { machine } = await clone()
    const settings = path.join(machine.root, '.muse/config.toml')
    git(machine.root, 'rm', '--quiet', '--cached', '.muse/config.toml')
    fs.copyFileSync(settings, `${settings}.old`)
    git(machine.root, 'add', '.muse/config.toml.old')
    expect((await runCli(machine, ['sync', 'push'])).exitCode).toBe(0)
    git(machine.root, 'add', '.muse/config.toml')
    expect((await runCli(machine, ['sync', 'push', '--recheck'])).exitCode).toBe(0)
  })

  it('need a word where it cannot be told what git tracks', async () => {
    const { machine } = await clone()
    git(machine.root, 'update-index', '--split-index')
    expect(documentOf(await runCli(machine, ['sync', 'push', '--json']))).toMatchObject({ status: 'untrusted' })
  })
})
