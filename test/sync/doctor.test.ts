import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { type Clock, systemClock } from '../../src/base/clock.js'
import type { Plugin } from '../../src/kinds/kind.js'
import { openSession } from '../../src/open-session.js'
import { type Check, DOCTOR_CHECK, wrong } from '../../src/sync/doctor/check.js'
import { doctor } from '../../src/sync/doctor/doctor.js'
import { initRepo } from '../../src/workspace/init-repo.js'
import { cleanUp } from '../support/clean-up.js'
import { git, repository } from '../support/git.js'
import { createMachine, type Machine, type MachineOptions } from '../support/machine.js'
import { documentOf, runCli } from '../support/run-cli.js'
import { startHub } from '../support/start-hub.js'
import { temporaryDirectory } from '../support/temporary-directory.js'
import { trustPlugins } from '../support/trust-plugins.js'

/** A machine whose store was made as users make it, in a repository of git. */
async function freshMachine(options: MachineOptions = {}): Promise<Machine> {
  const machine = await createMachine(options)
  repository(machine.root, {})
  initRepo(machine.root, machine.env, { hub: options.hub, owner: 'gabriel', slug: 'muse' })
  return machine
}

async function hubAndMachine() {
  const hub = await startHub()
  cleanUp(hub.close)
  const machine = await freshMachine({ hub: hub.url, signer: await hub.register('gabriel') })
  return { hub, machine }
}

/** What is wrong, each as `check: message → cure`. */
async function complaints({ session }: Pick<Machine, 'session'>): Promise<readonly string[]> {
  const { findings } = await doctor(session)
  return findings.flatMap(({ check, isOk, message, cure }) => (isOk ? [] : [`${check}: ${message} → ${cure}`]))
}

describe('doctor', () => {
  it('finds nothing wrong with a new workspace, and says what it looked at', async () => {
    const machine = await freshMachine()
    const told = await runCli(machine, ['doctor'])
    expect(told).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('no hub is set') })
    const { is_healthy, findings } = documentOf(await runCli(machine, ['doctor', '--json']))
    expect(is_healthy).toBe(true)
    const checks = (findings as { check: string }[]).map(({ check }) => check)
    expect(checks).toEqual(['owner', 'settings', 'git', 'files', 'index', 'watches', 'keeper', 'hub', 'hooks'])
  })

  it('finds nothing wrong with one that syncs with a hub', async () => {
    const { machine } = await hubAndMachine()
    machine.write({ 'tasks/t1.json': { task_id: 't1', run_id: 'r1' } })
    await machine.push()
    expect(await complaints(machine)).toEqual([])
  })

  it('needs a repository', async () => {
    const machine = await freshMachine()
    expect(await runCli(machine, ['doctor'], { directory: machine.home })).toMatchObject({ exitCode: 2 })
  })

  it('puts back what keeps the records out of git, when it is told to', async () => {
    const machine = await freshMachine()
    fs.rmSync(path.join(machine.coordination, '.gitignore'))
    expect(await complaints(machine)).toEqual([expect.stringMatching(/^git: git may stash.* → echo '\*' > \//)])
    const mended = await runCli(machine, ['doctor', '--fix'])
    expect(mended).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('; mended') })
    expect(fs.readFileSync(path.join(machine.coordination, '.gitignore'), 'utf8')).toBe('*\n')
  })

  it('complains of records that git tracks, as status does, with the command that mends it', async () => {
    const machine = await freshMachine()
    machine.write({ 'tasks/t1.json': { task_id: 't1', run_id: 'r1' } })
    git(machine.root, 'add', '--force', '.muse/coordination/tasks/t1.json')
    const [complaint = ''] = await complaints(machine)
    expect(complaint).toContain('git tracks 1 file(s) of the store, .muse/coordination/tasks/t1.json')
    const status = documentOf(await runCli(machine, ['status', '--json']))
    expect(status.attention).toContainEqual(expect.objectContaining({ what: 'tracked_records', command: 'doctor' }))

    execFileSync('sh', ['-c', complaint.split(' → ')[1] ?? ''])
    expect(await complaints(machine)).toEqual([])
    expect(fs.existsSync(path.join(machine.coordination, 'tasks/t1.json'))).toBe(true)
  })

  it.each([
    ['a clone', false],
    ['a submodule', true],
  ])('has what came with %s removed, and what was written here since left', async (_, isSubmodule) => {
    const claim = { task_id: 't1', claimer_run_id: 'x', status: 'claimed', expires_at: null }
    const records = {
      'tasks/t1.json': { task_id: 't1', run_id: 'x' },
      'claims/t1.json': claim,
      'claims/t2.json': claim,
    }
    const files = Object.entries(records).map(([name, payload]) => [name, JSON.stringify(payload)] as const)
    const store = '.muse/coordination'
    const at = isSubmodule ? '' : `${store}/`
    let origin = repository(
      path.join(temporaryDirectory(), 'origin'),
      Object.fromEntries(files.map(([name, text]) => [at + name, text])),
    )
    if (isSubmodule) {
      const around = repository(path.join(temporaryDirectory(), 'around'))
      git(around, 'submodule', '--quiet', 'add', origin, store)
      git(around, 'commit', '--quiet', '--message', 'Store')
      origin = around
    }
    const machine = await createMachine()
    const clone = path.join(temporaryDirectory(), 'clone')
    git(origin, 'clone', '--quiet', '--recurse-submodules', origin, clone)
    const session = machine.session.with({ directory: clone })
    cleanUp(() => session.close())
    initRepo(clone, machine.env, {})
    fs.writeFileSync(path.join(clone, store, 'claims/t2.json'), JSON.stringify({ ...claim, claimer_run_id: 'mine' }))
    const [complaint = '', ...others] = await complaints({ session })
    expect(others).toEqual([])
    execFileSync('sh', ['-c', complaint.split(' → ')[1] ?? ''])
    expect(await complaints({ session })).toEqual([])
    const left = ['tasks/t1.json', 'claims/t1.json', 'claims/t2.json'].map((name) =>
      fs.existsSync(path.join(clone, store, name)),
    )
    expect(left).toEqual([false, false, true])
  })

  // Without a word more, the first means all but itself to git, and the other is an option.
  it.each([':!evil', '-f'])('has nothing removed beside a store in %j', async (name) => {
    const top = repository(path.join(temporaryDirectory(), 'around'), {
      [`${name}/.muse/coordination/tasks/t1.json`]: '{"task_id":"t1","run_id":"x"}',
      'README.md': 'hello',
    })
    const machine = await createMachine()
    const session = machine.session.with({ directory: path.join(top, name) })
    cleanUp(() => session.close())
    initRepo(path.join(top, name), machine.env, { nested: true })
    const [complaint = '', ...others] = await complaints({ session })
    expect(others).toEqual([])
    execFileSync('sh', ['-c', complaint.split(' → ')[1] ?? ''], { stdio: 'pipe' })
    expect(await complaints({ session })).toEqual([])
    expect(git(top, 'status', '--short', '--untracked-files=no')).toBe(`D  ${name}/.muse/coordination/tasks/t1.json\n`)
  })

  it('names files that hold no record and directories of no kind', async () => {
    const machine = await freshMachine()
    machine.write({ 'tasks/broken.json': '{', 'checkpoints/c1.json': {} })
    expect(await complaints(machine)).toEqual([
      expect.stringMatching(/^files: .*broken\.json .* → Correct it, or put it aside: mv /),
      expect.stringMatching(/^files: .*checkpoints belongs to no kind/),
    ])
  })

  it('removes what killed processes have left, but nothing that is being written', async () => {
    const machine = await freshMachine()
    const names = ['tasks/.12-0a1b2c3d.tmp', '.order/.13-0a1b2c3d.tmp', 'tasks/.14-0a1b2c3d.tmp']
    machine.write(Object.fromEntries(names.map((name) => [name, '{'])))
    const key = path.join(machine.home, '.muse', 'keys', '.15-0a1b2c3d.tmp')
    fs.mkdirSync(path.dirname(key), { recursive: true })
    fs.writeFileSync(key, 'half a key')
    const isThere = () => [...names.map((name) => path.join(machine.coordination, name)), key].map(fs.existsSync)
    await doctor(machine.session, { fix: true })
    expect(isThere()).toEqual([true, true, true, true])

    // Stamps cannot be set back, so the machine's clock goes on instead.
    const now = systemClock.now
    cleanUp(() => Object.assign(systemClock, { now }))
    Object.assign(systemClock, { now: () => now() + 2 * 3600 * 1000 })
    expect(await complaints(machine)).toEqual([
      expect.stringContaining('left 4 temporary file(s) → muse-coord doctor --fix'),
    ])
    await runCli(machine, ['gc'])
    expect(isThere()).toEqual([false, false, false, false])
  })

  it('tells settings that cannot be read, and a hub without a space', async () => {
    const machine = await freshMachine({ hub: 'http://127.0.0.1:9' })
    fs.writeFileSync(path.join(machine.root, '.muse/config.toml'), '[hub]\nurl = "http://127.0.0.1:9"\n')
    expect(await complaints(machine)).toContainEqual(
      'settings: a hub is set, but no owner and no slug → muse-coord init --owner NAME --slug NAME',
    )
    fs.writeFileSync(path.join(machine.root, '.muse/config.toml'), 'hub = [')
    expect(await complaints(machine)).toContainEqual(expect.stringMatching(/^settings: .*config\.toml/))
  })

  it('tells a plugin that does not load once', async () => {
    const machine = await freshMachine()
    fs.appendFileSync(path.join(machine.root, '.muse/config.toml'), 'plugins = ["./gone.js"]\n')
    await trustPlugins(machine)
    const { findings } = documentOf(await runCli(machine, ['doctor', '--json'])) as { findings: { is_ok: boolean }[] }
    expect(findings.filter(({ is_ok }) => !is_ok)).toEqual([
      expect.objectContaining({ message: expect.stringContaining('gone.js') }),
    ])
  })

  it('tells a hub that does not answer', async () => {
    const machine = await freshMachine({ hub: 'http://127.0.0.1:9' })
    expect(await complaints(machine)).toEqual([expect.stringMatching(/^hub: The hub at .* cannot be reached/)])
  })

  it('tells that nobody signs, and that the hub hides the space', async () => {
    const { hub, machine } = await hubAndMachine()
    fs.rmSync(path.join(machine.home, '.muse/identity.toml'))
    expect(await complaints(machine)).toEqual([
      expect.stringMatching(/^hub: nobody signs at .* → muse-coord auth keygen --hub .*register/),
      expect.stringMatching(/^hub: The hub has no space gabriel\/muse that you may see/),
    ])
    expect(hub.url).toBeTruthy()
  })

  it.each([
    [3600, 'ahead of'],
    [-3600, 'behind'],
  ])('tells by how much the clock is off: %d s', async (seconds, side) => {
    const { machine } = await hubAndMachine()
    machine.write({ 'tasks/t1.json': { task_id: 't1', run_id: 'r1' } })
    await machine.push()
    const clock: Clock = { now: () => systemClock.now() + seconds * 1000 }
    const session = await openSession({ directory: machine.root, env: machine.env, clock })
    expect(await complaints({ session })).toEqual([
      expect.stringMatching(new RegExp(`^hub: this machine’s clock is 3600 s ${side} the hub’s → `)),
    ])
  })

  it('tells that a workspace had a hub whose settings are gone, until its user says that it has none', async () => {
    const { hub, machine } = await hubAndMachine()
    machine.write({ 'tasks/t1.json': { task_id: 't1', run_id: 'r1' } })
    await machine.push()
    fs.writeFileSync(path.join(machine.root, '.muse/config.toml'), '')
    expect(await complaints(machine)).toEqual([
      expect.stringContaining(`→ muse-coord init --hub ${hub.url} --owner gabriel --slug muse; or`),
    ])
    await runCli(machine, ['init', '--local'])
    expect(await complaints(machine)).toEqual([])
  })

  it('looks at nothing in a store that everybody may write', async () => {
    const machine = await freshMachine({ hub: 'http://127.0.0.1:9' })
    fs.chmodSync(path.join(machine.root, '.muse'), 0o777)
    expect(await complaints(machine)).toEqual([
      expect.stringMatching(/^owner: .* can be written by everybody, and is not trusted → muse-coord trust$/),
    ])
  })

  it('asks the checks of plugins too, and goes on when one fails', async () => {
    const plugin: Plugin = (container) => {
      container.register<Check>(DOCTOR_CHECK, {
        useValue: { name: 'moon', examine: () => [wrong('it is full', 'wait')] },
      })
      const examine = () => {
        throw new Error('cannot look')
      }
      container.register<Check>(DOCTOR_CHECK, { useValue: { name: 'sun', examine } })
    }
    const machine = await freshMachine({ plugins: [plugin] })
    expect(await complaints(machine)).toEqual([
      'moon: it is full → wait',
      expect.stringMatching(/^sun: The plugin .* failed: in examine of its doctor check: cannot look/),
    ])
  })
})
