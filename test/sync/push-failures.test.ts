import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import { defineKind, type Kind } from '../../src/kinds/kind.js'
import { answer, type Behaviour, inTurn, pushed, startFaultyHub, takeEverything } from '../support/faulty-hub.js'
import { git } from '../support/git.js'
import { createMachine } from '../support/machine.js'
import { claim, reservation, reservations } from '../support/records.js'
import { runCli } from '../support/run-cli.js'

/** A machine that pushes to a hub which behaves like this. */
async function against(behaviour: Behaviour, files: object = reservations(1200)) {
  const hub = await startFaultyHub(behaviour)
  const machine = await createMachine({ hub: hub.url })
  machine.write(files as Record<string, unknown>)
  return { hub, machine, counts: () => hub.requests.map((request) => pushed(request).records.length) }
}

/** Passes a push on when this is true of its records, and answers like this when it is not. */
function unless(isWrong: (records: readonly { record_id: string }[]) => boolean, wrong: Behaviour): Behaviour {
  return (request, response) => (isWrong(pushed(request).records) ? wrong : takeEverything)(request, response)
}

describe('a push that meets failures', () => {
  it('goes on with the next batch when one fails, and sends the failed one the next time', async () => {
    const { hub, machine, counts } = await against(
      inTurn(takeEverything, answer(500, { detail: 'On fire.' }), takeEverything),
    )
    const errors: string[] = []
    const result = await machine.push({ onError: (message) => errors.push(message) })
    expect(result).toMatchObject({ inserted: 700, skipped: 0, total: 1200, failed: true, interrupted: false })
    expect(result.errors).toEqual(['The hub answered 500: On fire.'])
    expect(errors).toEqual(result.errors)
    expect(counts()).toEqual([500, 500, 200])
    expect(await machine.push()).toMatchObject({ inserted: 500, skipped: 700, total: 1200, failed: false })
    expect(hub.requests).toHaveLength(4)
  })

  it.each([
    ['something', reservation('r1')],
    ['nothing', {}],
  ])('with %s to send says that nothing is ever signed for a hub without TLS', async (_what, files) => {
    const machine = await createMachine({ hub: 'http://hub.test' })
    machine.write(files)
    const errors = [expect.stringContaining('neither https nor this machine')]
    expect(await machine.push()).toMatchObject({ inserted: 0, failed: true, errors })
    expect(await runCli(machine, ['sync', 'push'])).toMatchObject({
      exitCode: 1,
      stdout: expect.stringContaining('❌'),
    })
  })

  it('with nothing to send is refused for a hub of settings that came with git', async () => {
    const machine = await createMachine({ hub: 'https://hub.test' })
    git(machine.root, 'init', '--quiet')
    git(machine.root, 'add', '--force', '.muse/config.toml')
    await expect(machine.push()).rejects.toMatchObject({ code: 'SETTINGS_UNTRUSTED' })
  })

  it('splits a batch that is too large for the hub until it fits', async () => {
    const tooLarge = answer(413, { detail: 'At most 100 at once.', status: 'too_large' })
    const { machine, counts } = await against(
      unless(({ length }) => length > 100, tooLarge),
      reservations(250),
    )
    expect(await machine.push()).toMatchObject({ inserted: 250, failed: false, rejected: [], errors: [] })
    expect(counts()).toEqual([250, 125, 63, 62, 125, 63, 62])
  })

  it('names the one record that is too large by itself, and sends the others of its batch', async () => {
    const tooLarge = answer(413, '<h1>Request Entity Too Large</h1>')
    const isWrong = (records: readonly { record_id: string }[]) => records.some(({ record_id: id }) => id === 'big')
    const { machine } = await against(unless(isWrong, tooLarge), { ...reservations(9), ...reservation('big') })
    const result = await machine.push()
    expect(result).toMatchObject({ inserted: 9, total: 10, skipped: 0, failed: true })
    expect(result.rejected).toEqual([
      { kind: 'reservation', recordId: 'big', reason: expect.stringContaining('takes no request of this size') },
    ])
    expect(await machine.push()).toMatchObject({ inserted: 0, skipped: 9, rejected: [{ recordId: 'big' }] })
  })

  it.each([502, 503, 504, 429])('tries again after a %d, with a fresh signature each time', async (status) => {
    const { hub, machine } = await against(inTurn(answer(status, 'busy'), takeEverything), reservations(1))
    const started = performance.now()
    expect(await machine.push()).toMatchObject({ inserted: 1, failed: false, errors: [] })
    expect(performance.now() - started).toBeGreaterThan(180)
    expect(hub.requests).toHaveLength(2)
  })

  it('tries again when the connection was cut before the answer came', async () => {
    const cut: Behaviour = (_, response) => response.destroy()
    const { hub, machine } = await against(inTurn(cut, takeEverything), reservations(1))
    expect(await machine.push()).toMatchObject({ inserted: 1, failed: false })
    expect(hub.requests).toHaveLength(2)
  })

  it('waits as many seconds as Retry-After says', async () => {
    const { machine } = await against(
      inTurn(answer(429, 'slow down', { 'retry-after': '1' }), takeEverything),
      reservations(1),
    )
    const started = performance.now()
    expect(await machine.push()).toMatchObject({ inserted: 1, failed: false })
    expect(performance.now() - started).toBeGreaterThan(990)
  })

  it('waits until the date that Retry-After says, by the hub’s own clock', async () => {
    const hubsNow = Date.parse('2031-05-05T05:05:05Z')
    const date = (milliseconds: number) => new Date(milliseconds).toUTCString()
    const busy = answer(503, 'busy', { date: date(hubsNow), 'retry-after': date(hubsNow + 1000) })
    const { machine } = await against(inTurn(busy, takeEverything), reservations(1))
    const started = performance.now()
    expect(await machine.push()).toMatchObject({ inserted: 1, failed: false })
    // By the clock of this machine it would be years, for which nobody waits.
    expect(performance.now() - started).toBeGreaterThan(990)
  })

  it('does not wait when Retry-After asks for longer than anybody sits there for', async () => {
    const { hub, machine } = await against(
      answer(429, { detail: 'Tomorrow.' }, { 'retry-after': '86400' }),
      reservations(1),
    )
    expect(await machine.push()).toMatchObject({ failed: true, errors: ['The hub answered 429: Tomorrow.'] })
    expect(hub.requests).toHaveLength(1)
  })

  it('gives up after four tries, and does not try the rest of the batches for ever', async () => {
    const { hub, machine } = await against((_, response) => response.destroy(), reservations(1600))
    const result = await machine.push()
    expect(result).toMatchObject({ inserted: 0, skipped: 0, total: 1600, failed: true })
    expect(result.errors).toEqual([
      expect.stringContaining('cannot be reached'),
      expect.stringContaining('cannot be reached'),
      expect.stringContaining('the rest was not tried'),
    ])
    expect(hub.requests).toHaveLength(8)
  })

  it('takes a hub for good that answers with two counts only', async () => {
    const { hub, machine } = await against(takeEverything, { ...reservations(3), ...claim('t1', 'run-1') })
    expect(await machine.push()).toMatchObject({ inserted: 4, updated: 0, skipped: 0, leases: [], failed: false })
    expect(await machine.push()).toMatchObject({ inserted: 0, skipped: 4, total: 4 })
    expect(hub.requests).toHaveLength(1)
  })

  it('does not take records for sent when the hub’s counts do not add up', async () => {
    const { hub, machine } = await against(answer(200, { inserted: 1, skipped: 1 }), reservations(3))
    const result = await machine.push()
    expect(result).toMatchObject({ inserted: 0, skipped: 0, total: 3, failed: true })
    expect(result.errors).toEqual(['The hub accounted for 2 of the 3 records of a batch.'])
    hub.behave(takeEverything)
    expect(await machine.push()).toMatchObject({ inserted: 3, failed: false })
  })

  it.each([
    ['a record that was not in the batch', [{ kind: 'reservation', record_id: 'nobody', reason: 'held' }]],
    ['one record twice', ['r0', 'r0'].map((id) => ({ kind: 'reservation', record_id: id, reason: 'held' }))],
  ])('does not take records for sent when the hub refuses %s', async (_, conflicts) => {
    const inserted = 3 - conflicts.length
    const { hub, machine } = await against(answer(200, { inserted, skipped: 0, conflicts }), reservations(3))
    expect(await machine.push()).toMatchObject({ inserted: 0, conflicts: [], total: 3, failed: true })
    hub.behave(takeEverything)
    expect(await machine.push()).toMatchObject({ inserted: 3, failed: false })
  })

  it('reads refusals that say no more than they must', async () => {
    const conflicts = [{ kind: 'claim', record_id: 't1', reason: 'held' }]
    const leases = [{ kind: 'claim', record_id: 't2', token: 3 }]
    const files = { ...claim('t1', 'run-1'), ...claim('t2', 'run-1') }
    const { machine } = await against(answer(200, { inserted: 1, skipped: 0, conflicts, leases }), files)
    const result = await machine.push()
    expect(result.conflicts).toEqual([{ kind: 'claim', recordId: 't1', reason: 'held', holder: null }])
    expect(result.leases).toEqual([{ kind: 'claim', recordId: 't2', token: 3, expiresAt: null }])
  })

  it.each([
    ['no object', '[]'],
    ['counts that are no numbers', '{"inserted":"1","skipped":0}'],
    ['a negative count', '{"inserted":2,"skipped":-1}'],
    ['no counts', '{}'],
    ['a conflict that is no object', '{"inserted":0,"skipped":0,"conflicts":["r0"]}'],
    [
      'a holder without a run',
      '{"inserted":0,"skipped":0,"conflicts":[{"kind":"reservation","record_id":"r0","reason":"held","holder":{}}]}',
    ],
    ['a cursor beyond all numbers', '{"inserted":1,"skipped":0,"cursor":1e300}'],
    [
      'more leases than records',
      `{"inserted":1,"skipped":0,"leases":[${Array(200_000).fill('{"kind":"","record_id":"","token":1}').join(',')}]}`,
    ],
    ['half a document', '{"inserted":1,'],
    ['nothing', ''],
  ])('takes %s for no answer of a hub, and keeps the records to be sent', async (_, body) => {
    const { hub, machine } = await against(answer(200, body), reservations(1))
    const result = await machine.push()
    expect(result).toMatchObject({ inserted: 0, skipped: 0, total: 1, failed: true, conflicts: [], leases: [] })
    expect(result.errors).toEqual([expect.stringContaining('an answer that is no answer of a hub')])
    hub.behave(takeEverything)
    expect(await machine.push()).toMatchObject({ inserted: 1, failed: false })
  })

  it('is not led astray by what is nested without end in a part that nobody reads', async () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
    const { machine } = await against(answer(200, `{"inserted":1,"skipped":0,"more":${deep}}`), reservations(1))
    expect(await machine.push()).toMatchObject({ inserted: 1, failed: false })
  })

  it('keeps what the hub took although the next batch cannot be made', async () => {
    const broken: Kind = {
      name: 'broken',
      directory: 'broken',
      idField: 'id',
      runIdField: 'run_id',
      // Found when the first file of the kind is read, while the batch before it is under way.
      schema: { type: 'nonsense' },
      expiresAt: () => null,
      merge: 'once',
    }
    const hub = await startFaultyHub(async (request, response) => {
      await setTimeout(100)
      takeEverything(request, response)
    })
    const machine = await createMachine({ hub: hub.url, plugins: [defineKind(broken)] })
    machine.write({ ...reservations(501), 'broken/b1.json': { id: 'b1' } })
    const fault = expect.stringMatching(/"broken".*its schema does not compile/)
    const left = { errors: [fault], ignored: [{ path: expect.stringMatching(/b1\.json$/), reason: fault }] }
    expect(await machine.push()).toMatchObject({ inserted: 501, total: 501, failed: true, ...left })
    // It stays behind, and is told, until its kind is put right.
    expect(await machine.push()).toMatchObject({ inserted: 0, skipped: 501, failed: true, ...left })
  })
})
