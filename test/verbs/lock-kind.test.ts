import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { createMachine, type Machine } from '../support/machine.js'
import { documentOf, runCli } from '../support/run-cli.js'
import { runExecutable } from '../support/run-executable.js'
import { trustPlugins } from '../support/trust-plugins.js'

/** A kind of somebody else, in one file: every command that is about what runs hold has to know it by its table alone. */
const LOCK = `
  const lock = {
    name: 'lock', directory: 'locks', idField: 'lock_id', runIdField: 'run_id', schema: { type: 'object' }, merge: 'lease',
    expiresAt: (lock) => lock.expires_at ?? null,
    describe: ({ why }) => why ?? 'locked',
    after: ({ after }) => after ?? [],
    *holds(records) {
      for (const { kind, recordId, runId, author, token, expiresAt, lapsed, payload } of records.entries('lock')) {
        if (lapsed || expiresAt === null) continue
        const what = payload.address ?? recordId
        const until = Date.parse(expiresAt)
        yield { kind, recordId, what, runId, author, since: null, until, token, isExclusive: true }
      }
    },
  }
  export default (container) => container.register(Symbol.for('muse-coord.kind'), { useValue: lock })
`

async function machineWithLock(): Promise<Machine> {
  const machine = await createMachine()
  fs.writeFileSync(path.join(machine.root, 'lock.mjs'), LOCK)
  fs.appendFileSync(path.join(machine.root, '.muse/config.toml'), 'plugins = ["./lock.mjs"]\n')
  await trustPlugins(machine)
  return machine
}

const later = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString()

async function verb(machine: Machine, ...argv: string[]) {
  const ended = await runCli(machine, [...argv, '--json'])
  // biome-ignore lint/suspicious/noExplicitAny: a JSON document, whose shape is what the tests look into
  const json: any = documentOf(ended)
  return { exitCode: ended.exitCode, json }
}

describe('a lock that a plugin brings', () => {
  it('is in status with its run, by its directory and among the holds of all kinds', async () => {
    const machine = await machineWithLock()
    machine.write({ 'locks/deploy.json': { lock_id: 'deploy', run_id: 'a', expires_at: later(60) } })
    const { json } = await verb(machine, 'status')
    expect(json.runs).toMatchObject([{ run_id: 'a', locks: 1, reservations: 0, claims: 0 }])
    expect(json.holds).toMatchObject([
      { kind: 'lock', record_id: 'deploy', what: 'deploy', run_id: 'a', exclusive: true },
    ])
    expect(json.locks).toMatchObject([{ lock_id: 'deploy', run_id: 'a', origin: 'local' }])
    expect((await runCli(machine, ['status'])).stdout).toMatch(/^a +working {2}1 lock/m)
    expect((await runCli(machine, ['status'])).stdout).toContain('deploy')
  })

  it('keeps others from what it holds: check, and reserve --deny', async () => {
    const machine = await machineWithLock()
    const lock = { lock_id: 'l1', run_id: 'a', expires_at: later(60), address: 'src/parser.ts' }
    machine.write({ 'locks/l1.json': lock })
    expect(await verb(machine, 'check', 'src/**')).toMatchObject({
      exitCode: 6,
      json: { holders: [{ held_address: 'src/parser.ts', kind: 'lock', record_id: 'l1', run_id: 'a' }] },
    })
    expect((await verb(machine, 'check', 'src/**', '--run-id', 'a')).exitCode).toBe(0)
    expect((await verb(machine, 'check', 'docs/')).exitCode).toBe(0)
    expect((await verb(machine, 'reserve', 'src/', '--deny', '--run-id', 'b')).exitCode).toBe(6)
  })

  it('is waited for, by its id and by what it holds', async () => {
    const machine = await machineWithLock()
    const lock = { lock_id: 'l1', run_id: 'a', expires_at: later(0.4), address: 'src/parser.ts' }
    machine.write({ 'locks/l1.json': lock })
    const ended = [{ id: 'l1', kind: 'lock', status: 'lapsed', run_id: 'a' }]
    expect((await verb(machine, 'wait', 'src/parser.ts', '--timeout', '10')).json).toMatchObject({ ended })
    expect((await verb(machine, 'wait', 'l1', '--timeout', '0')).json).toMatchObject({ ended })
    expect((await verb(machine, 'wait', 'l2', '--timeout', '0')).exitCode).toBe(4)
  })

  it('is in dag, with what it waits for', async () => {
    const machine = await machineWithLock()
    machine.write({
      'locks/first.json': { lock_id: 'first', run_id: 'a', expires_at: later(60), why: 'to build' },
      'locks/second.json': { lock_id: 'second', run_id: 'b', expires_at: later(60), after: ['first'] },
    })
    const { json } = await verb(machine, 'dag')
    expect(json.nodes).toContainEqual({ id: 'first', kind: 'lock', state: 'active', run_id: 'a', label: 'to build' })
    expect(json.order).toEqual(['first', 'second'])
  })

  it('is in show and log, and goes with gc when it is over', async () => {
    const machine = await machineWithLock()
    machine.write({ 'locks/old.json': { lock_id: 'old', run_id: 'a', expires_at: later(-60), why: 'to deploy' } })
    expect((await verb(machine, 'show', 'old')).json.records).toMatchObject([{ kind: 'lock', lapsed: true }])
    expect((await verb(machine, 'log')).json.events).toMatchObject([{ kind: 'lock', summary: 'to deploy' }])
    expect((await verb(machine, 'gc', '--older-than', '10')).json.removed).toMatchObject([{ record_id: 'old' }])
  })

  it('is held while a command runs, refused to another run, and given back', async () => {
    const machine = await machineWithLock()
    const cli = (run: string) => ['run', '--hold', 'lock/deploy', '--run-id', run, '--json', '--']
    const inner = ['sh', '-c', `grep -o '"run_id": *"a"' .muse/coordination/locks/deploy.json`]
    const held = await runExecutable(machine, [...cli('a'), ...inner])
    expect(held).toMatchObject({ exitCode: 0, stderr: '"run_id": "a"\n' })
    expect(documentOf(held)).toMatchObject({ holds: [{ kind: 'lock', record_id: 'deploy', status: 'released' }] })
    machine.write({ 'locks/deploy.json': { lock_id: 'deploy', run_id: 'b', expires_at: later(60) } })
    expect((await runExecutable(machine, [...cli('a'), 'true'])).exitCode).toBe(6)
    expect((await verb(machine, 'status')).json.locks).toMatchObject([{ run_id: 'b' }])
  })

  it('that fails on what somebody wrote is named, and never taken for free', async () => {
    const machine = await machineWithLock()
    const broken = LOCK.replace('const what =', 'payload.none.none; const what =')
    fs.writeFileSync(path.join(machine.root, 'lock.mjs'), broken)
    await trustPlugins(machine)
    machine.write({ 'locks/l1.json': { lock_id: 'l1', run_id: 'a', expires_at: later(60) } })
    expect((await runExecutable(machine, ['check', 'src/a.ts', '--json'])).exitCode).toBe(1)
    const status = documentOf(await runExecutable(machine, ['status', '--json']))
    expect(status.problems).toMatchObject([{ reason: expect.stringContaining('"lock"') }])
  })

  it('brings its own flag to run, which help and completion know, and none that is taken', async () => {
    const machine = await machineWithLock()
    const plugin = path.join(machine.root, 'flag.mjs')
    const holderOf = (flag: string) => `export default (container) => {
      const renew = async () => 'kept'
      const acquire = async (_session, { what }) => ({ name: what.join(), environment: { WHAT: what.join() }, renew, abandon() {},
        end: async () => ({ isLost: false, report: { what }, text: '' }) })
      container.register(Symbol.for('muse-coord.holder'), { useValue: { kind: 'door', variables: ['WHAT'], acquire,
        option: { flag: '${flag}', description: 'The doors to hold.', multiple: true } } })
    }`
    fs.writeFileSync(plugin, holderOf('--door <id>'))
    const run = ['run', '--plugin', './flag.mjs', '--run-id', 'a']
    const held = await runExecutable(machine, [
      ...run,
      '--door',
      'front',
      'back',
      '--json',
      '--',
      'sh',
      '-c',
      'echo $WHAT',
    ])
    expect(held).toMatchObject({ exitCode: 0, stderr: 'front,back\n' })
    expect(documentOf(held)).toMatchObject({ holds: [{ what: ['front', 'back'] }] })
    expect((await runCli(machine, ['run', '--help', '--plugin', './flag.mjs'])).stdout).toMatch(
      /--door <id> +The doors/,
    )
    expect((await runCli(machine, ['run', '--help'])).stdout).not.toContain('--door')
    const complete = ['completion', 'complete', '--plugin', './flag.mjs', '--', 'run', '--do']
    expect((await runCli(machine, complete)).stdout).toContain('--door')
    const refused = await runCli(machine, [...run, '--json', '--', 'true'])
    expect(documentOf(refused).error).toContain('--reserve or --task or --door or --hold')
    fs.writeFileSync(path.join(machine.root, 'taken.mjs'), holderOf('--ttl <time>'))
    const taken = ['run', '--plugin', './taken.mjs', '--run-id', 'b', '--hold', 'lock/l', '--json', '--', 'true']
    const ended = await runCli(machine, taken)
    expect({ exitCode: ended.exitCode, ...documentOf(ended) }).toMatchObject({
      exitCode: 1,
      status: 'bad_plugin',
      error: expect.stringContaining('"--ttl <time>" to "run"'),
    })
  })
})
