import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { cleanUp } from '../support/clean-up.js'
import { git } from '../support/git.js'
import { createMachine } from '../support/machine.js'
import { documentOf, runCli } from '../support/run-cli.js'
import { startHub } from '../support/start-hub.js'

describe('record files that git tracks', () => {
  it('are left out of a push and named, for they came with a clone; the others go', async () => {
    const hub = await startHub()
    cleanUp(hub.close)
    const machine = await createMachine({ hub: hub.url, signer: await hub.register('gabriel') })
    git(machine.root, 'init', '--quiet')
    machine.write({
      'claims/deploy.json': { task_id: 'deploy', claimer_run_id: 'r9', expires_at: null },
      'tasks/t1.json': { task_id: 't1', run_id: 'r1' },
    })
    const foreign = path.join(machine.coordination, 'claims/deploy.json')
    git(machine.root, 'add', '--force', '.muse/coordination/claims/deploy.json')
    expect(documentOf(await runCli(machine, ['status', '--json']))).toMatchObject({ unsent: { total: 1 } })
    const pushed = await machine.push()
    expect(pushed).toMatchObject({ inserted: 1, failed: false })
    expect(pushed.ignored).toEqual([{ path: foreign, reason: expect.stringContaining('tracked by git') }])
    expect(await machine.push({ recheck: true })).toMatchObject({ inserted: 0, total: 1 })
    expect(documentOf(await runCli(machine, ['status', '--json']))).toMatchObject({ unsent: { total: 0 } })
    git(machine.root, 'rm', '--quiet', '--cached', '--force', '.muse/coordination/claims/deploy.json')
    expect(fs.existsSync(foreign)).toBe(true)
    expect(await machine.push()).toMatchObject({ inserted: 1 })
  })

  it('are left out also while git is bringing them, which tells its index of them last', async () => {
    const hub = await startHub()
    cleanUp(hub.close)
    const machine = await createMachine({ hub: hub.url, signer: await hub.register('gabriel') })
    git(machine.root, 'init', '--quiet')
    machine.write({ 'tasks/mine.json': { task_id: 'mine', run_id: 'r1' } })
    expect(await machine.push()).toMatchObject({ inserted: 1 })
    const lock = path.join(machine.root, '.git/index.lock')
    fs.writeFileSync(lock, '')
    const claim = { task_id: 'deploy', claimer_run_id: 'r9', expires_at: '2099-01-01T00:00:00Z' }
    machine.write({ 'claims/deploy.json': claim })
    const file = path.join(machine.coordination, 'claims/deploy.json')
    const changed = new Map([['claims', new Set(['deploy.json'])]])
    for (const options of [{}, { changed }, { recheck: true }])
      expect(await machine.push(options)).toMatchObject({
        ...{ inserted: 0, ignored: [{ path: file, reason: expect.stringContaining('being written by it') }] },
      })
    // Neither is it told as sent.
    expect(documentOf(await runCli(machine, ['enqueue', 'more', '--json']))).toMatchObject({ is_sent: false })
    fs.rmSync(path.join(machine.coordination, 'tasks'), { recursive: true })
    fs.rmSync(lock)
    expect(await machine.push()).toMatchObject({ inserted: 1, ignored: [] })
  })
})
