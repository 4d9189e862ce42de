import { describe, expect, it } from '@jest/globals'
import { answer } from '../support/faulty-hub.js'
import { reservation, reservations } from '../support/records.js'
import { runCli } from '../support/run-cli.js'
import { createSwarm } from '../support/swarm.js'

/** What people and programs are told of a push or pull, by the hub that answers it. */
describe('the word on a push', () => {
  const rejected = (id: string) => ({ kind: 'reservation', record_id: id, reason: 'too odd' })
  const conflict = (id: string) => ({ kind: 'reservation', record_id: id, reason: 'different_content', holder: null })

  it.each([
    ['of which the hub takes all', { inserted: 2, skipped: 0 }, 0, false, /^✅ Pushed 2 [^\n]*\n$/],
    ['of which it refuses one', { inserted: 1, skipped: 0, rejected: [rejected('r0')] }, 1, true, /^❌ Pushed 2 /],
    [
      'of which it refuses all',
      { inserted: 0, skipped: 0, rejected: [rejected('r0'), rejected('r1')] },
      1,
      true,
      /^❌ /,
    ],
    [
      'that meets something else',
      { inserted: 1, skipped: 0, conflicts: [conflict('r0')] },
      ...([0, false, /^✅ Pushed 2 .*\n⚠️ {2}1 conflict\(s\); see above\n$/] as const),
    ],
    [
      'of which nothing arrives',
      { inserted: 0, skipped: 0, conflicts: [conflict('r0'), conflict('r1')] },
      ...([0, false, /^⚠️ {2}Pushed 2 .*\n⚠️ {2}2 conflict\(s\); see above\n$/] as const),
    ],
  ])('%s', async (_, body, exitCode, failed, text) => {
    const swarm = await createSwarm()
    swarm.proxy.behave(answer(200, body))
    const [machine, other] = [await swarm.machine(), await swarm.machine()]
    for (const one of [machine, other]) one.write(reservations(2))
    expect(await runCli(machine, ['sync', 'push'])).toMatchObject({ exitCode, stdout: expect.stringMatching(text) })
    const told = await runCli(other, ['sync', 'push', '--json'])
    expect([told.exitCode, JSON.parse(told.stdout).failed]).toEqual([exitCode, failed])
  })

  it('counts the files that are left out below what was sent, and is no failure', async () => {
    const swarm = await createSwarm()
    const machine = await swarm.machine()
    machine.write({ ...reservation('r1'), 'reservations/broken.json': '{' })
    const { exitCode, stdout } = await runCli(machine, ['sync', 'push'])
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^✅ Pushed 1 .*\n⚠️ {2}1 file\(s\) left out; see above\n$/)
  })

  it('says that there is nothing to push, and what is left out', async () => {
    const swarm = await createSwarm()
    const machine = await swarm.machine()
    machine.write({ 'reservations/broken.json': '{' })
    expect(await runCli(machine, ['sync', 'push'])).toMatchObject({
      exitCode: 0,
      stdout: '(no local coordination records to push)\n⚠️  1 file(s) left out; see above\n',
    })
  })
})

describe('the word on a pull', () => {
  const sent = (id: string, more: object = {}) => ({ kind: 'reservation', record_id: id, payload: {}, ...more })

  it.each([
    ['that brings all', [sent('r1')], /^✅ Pulled 1 /],
    [
      'of which a part is refused',
      [sent('r1'), sent('../x')],
      /^✅ Pulled 1 [\s\S]*\n⚠️ {2}1 record\(s\) refused; see above\n$/,
    ],
    ['of which nothing is taken', [sent('../x')], /^⚠️ {2}Pulled 0 .*\n⚠️ {2}1 record\(s\) refused; see above\n$/],
  ])('%s', async (_, records, text) => {
    const swarm = await createSwarm()
    swarm.proxy.behave(answer(200, { records, cursor: 2 }))
    const ended = await runCli(await swarm.machine(), ['sync', 'pull'])
    expect(ended).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(text) })
  })
})
