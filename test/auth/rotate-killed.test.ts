import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { loadIdentity } from '../../src/auth/identity-file.js'
import { parseHubUrl } from '../../src/record/hub-url.js'
import { type ChildModule, childModule } from '../support/child-module.js'
import { cleanUp } from '../support/clean-up.js'
import { createMachine } from '../support/machine.js'
import { runCli } from '../support/run-cli.js'
import { startHub } from '../support/start-hub.js'

/** More calls than a rotation makes. */
const MOST_CALLS = 200

let child: ChildModule
beforeAll(async () => {
  // Dies just before the k-th call that changes the disk; between them stand the requests to the hub.
  child = await childModule(`
    import fs from 'node:fs'
    import { syncBuiltinESMExports } from 'node:module'
    import { openSession } from 'src/open-session.js'
    import { rotateKey } from 'src/workspace/identities.js'
    const [root, home, hub, last] = process.argv.slice(2)
    let calls = 0
    for (const name of ['openSync', 'writeSync', 'writeFileSync', 'fsyncSync', 'linkSync', 'renameSync', 'unlinkSync', 'rmSync', 'mkdirSync']) {
      const call = fs[name]
      fs[name] = (...args) => {
        if (++calls === Number(last)) process.kill(process.pid, 'SIGKILL')
        return call(...args)
      }
    }
    syncBuiltinESMExports()
    const session = await openSession({ directory: root, env: { HOME: home, MUSE_COORD_HUB: hub } })
    await rotateKey(session)
    fs.writeFileSync(1, JSON.stringify({ calls }))
  `)
}, 60_000)
afterAll(() => child.remove())

describe('auth rotate that is killed', () => {
  it('never loses the key that the hub takes: everything goes on, and the next one finishes', async () => {
    const hub = await startHub()
    cleanUp(() => hub.close())
    const machine = await createMachine({ hub: hub.url, signer: await hub.register('gabriel') })
    const key = () => loadIdentity(machine.env, parseHubUrl(hub.url))?.fingerprint
    let differed = 0
    let isDone = false
    for (let last = 1; last < MOST_CALLS && !isDone; last++) {
      const args = [machine.root, machine.home, hub.url, String(last)]
      const ended = child.start({ args })
      const code = await new Promise((resolve) => ended.on('close', resolve))
      isDone = code === 0
      if (!isDone) expect(ended.signalCode).toBe('SIGKILL')
      if ((await hub.store.findIdentity('gabriel'))?.fingerprint !== key()) differed++
      machine.write({ [`tasks/t${last}.json`]: { task_id: `t${last}`, run_id: 'run-1', title: 'x' } })
      expect(await machine.push()).toMatchObject({ inserted: 1, failed: false })
      expect(await runCli(machine, ['auth', 'rotate', '--json'])).toMatchObject({ exitCode: 0 })
      expect((await hub.store.findIdentity('gabriel'))?.fingerprint).toBe(key())
    }
    expect(isDone).toBe(true)
    // Some were killed between the hub's commit and the note of it, or this test has not looked there.
    expect(differed).toBeGreaterThan(0)
    expect(fs.readFileSync(path.join(machine.home, '.muse/identity.toml'), 'utf8')).not.toContain('next_key_path')
  }, 120_000)
})
