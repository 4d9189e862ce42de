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
})
