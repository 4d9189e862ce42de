import fs from 'node:fs'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import { MAX_RECORD_BYTES } from '../../src/record/record.js'
import { answer, type Behaviour, inTurn, startFaultyHub } from '../support/faulty-hub.js'
import { createMachine } from '../support/machine.js'
import { documentOf } from '../support/run-cli.js'
import { startExecutable } from '../support/run-executable.js'

/** Stands in a record where lists are nested without end, which `JSON.stringify` cannot write. */
const DEEP = 'nested without end'

/** A record as a hub sends it. */
function sent(id: number, change: Record<string, unknown> = {}) {
  return {
    id,
    kind: 'reservation',
    record_id: `r${id}`,
    run_id: 'run-1',
    payload: { reservation_id: `r${id}` },
    expires_at: null,
    author: 'gabriel',
    token: null,
    received_at: '2026-03-18T12:00:00Z',
    ...change,
  }
}

async function against(behaviour: Behaviour) {
  const hub = await startFaultyHub(behaviour)
  const machine = await createMachine({ hub: hub.url })
  return { hub, machine, asked: () => hub.requests.map(({ target }) => target.split('?')[1]) }
}

/** A space of records with the ids 1 to `last`, as a hub of an epoch pages them. */
function space(last: number, epoch: string): Behaviour {
  return (request, response) => {
    const query = new URL(request.target, 'http://hub').searchParams
    const since = Number(query.get('since_id'))
    const limit = Number(query.get('limit'))
    if (since > last) {
      return answer(409, { detail: `since_id ${since} is beyond the end (${last}).`, status: 'cursor_ahead' })(
        request,
        response,
      )
    }
    const ids = Array.from({ length: Math.min(limit, last - since) }, (_, index) => since + index + 1)
    const cursor = ids.at(-1) ?? since
    const page = { records: ids.map((id) => sent(id)), cursor, has_more: cursor < last, epoch }
    return answer(200, page)(request, response)
  }
}

describe('a pull from a hub that says little', () => {
  it('takes what was checked, and not what is called alike', async () => {
    const before = { recordId: '../x', runId: {}, ...sent(1) }
    const after = { ...sent(2), recordId: '../x', runId: {} }
    const { machine } = await against(answer(200, { records: [before, after], cursor: 2 }))
    const { records } = await machine.pull()
    expect(records).toMatchObject([
      { recordId: 'r1', runId: 'run-1' },
      { recordId: 'r2', runId: 'run-1' },
    ])
  })

  it('goes on while pages are full, and ends at the first that is not', async () => {
    const page = (...ids: number[]) => answer(200, { records: ids.map((id) => sent(id)), cursor: ids.at(-1) ?? 0 })
    const { machine, asked } = await against(inTurn(page(1, 2), page(3, 4), page(5)))
    expect(await machine.pull({ all: true, limit: 2 })).toMatchObject({
      count: 5,
      cursor: 5,
      hasMore: false,
      written: 5,
    })
    expect(asked()).toEqual(['since_id=0&limit=2', 'since_id=2&limit=2', 'since_id=4&limit=2'])
  })

  it('keeps its cursor when the hub says 0 because nothing is new', async () => {
    const empty = answer(200, { records: [], cursor: 0 })
    const { machine, asked } = await against(inTurn(answer(200, { records: [sent(1), sent(2)], cursor: 2 }), empty))
    await machine.pull()
    expect(await machine.pull()).toMatchObject({ count: 0, cursor: 2, hasMore: false })
    expect(await machine.pull()).toMatchObject({ count: 0, cursor: 2 })
    expect(asked()).toEqual(['since_id=0&limit=500', 'since_id=2&limit=500', 'since_id=2&limit=500'])
  })

  it('does not ask for ever when the hub says that there is more and gives nothing', async () => {
    const { hub, machine } = await against(answer(200, { records: [], cursor: 0, has_more: true }))
    await expect(machine.pull({ all: true })).rejects.toMatchObject({
      code: 'HUB_ANSWER',
      message: expect.stringContaining('more'),
    })
    expect(hub.requests).toHaveLength(1)
  })

  it('does not ask for ever when the hub gives the same page again and again', async () => {
    const { hub, machine } = await against(answer(200, { records: [sent(1), sent(2)], cursor: 0, has_more: true }))
    await expect(machine.pull({ all: true })).rejects.toMatchObject({ code: 'HUB_ANSWER' })
    expect(hub.requests).toHaveLength(1)
  })

  it('does not follow a hub that hands out its records one by one for ever', async () => {
    let id = 0
    const { hub, machine } = await against((request, response) =>
      answer(200, { records: [sent(++id)], cursor: id, has_more: true })(request, response),
    )
    await expect(machine.pull({ all: true })).rejects.toMatchObject({
      code: 'HUB_ANSWER',
      message: expect.stringContaining('more after 1 of 1000 records'),
    })
    expect(hub.requests).toHaveLength(1)
    expect(machine.pulled()).toEqual([])
  })

  it('takes a page that is cut short because its records are large', async () => {
    const large = (id: number) => sent(id, { payload: { reservation_id: `r${id}`, x: 'x'.repeat(200_000) } })
    const first = answer(200, { records: [1, 2, 3, 4, 5, 6].map(large), cursor: 6, has_more: true })
    const { machine } = await against(inTurn(first, answer(200, { records: [large(7)], cursor: 7, has_more: false })))
    expect(await machine.pull({ all: true })).toMatchObject({ count: 7, cursor: 7 })
  })
})

describe('a pull of kinds that are not equally far', () => {
  it('gets to the end at a hub whose cursor stops at the last record that it sent', async () => {
    const records = [sent(1), sent(2), sent(3, { kind: 'task' })]
    const { machine, asked } = await against((request, response) => {
      const query = new URL(request.target, 'http://hub').searchParams
      const since = Number(query.get('since_id'))
      const kinds = query.getAll('kinds')
      const found = records.filter(({ id, kind }) => id > since && (kinds.length === 0 || kinds.includes(kind)))
      return answer(200, { records: found, cursor: found.at(-1)?.id ?? 0 })(request, response)
    })
    expect(await machine.pull({ kinds: ['task'] })).toMatchObject({ count: 1, cursor: 3 })
    expect(await machine.pull({ all: true })).toMatchObject({ count: 2, cursor: 3, hasMore: false })
    expect(await machine.pull({ kinds: ['claim', 'task'], all: true })).toMatchObject({ count: 0, cursor: 3 })
    expect(asked().length).toBeLessThan(8)
  })
})

describe('a pull from a hub that is not the one it was', () => {
  it('starts over when the epoch has changed, and brings what the new hub has', async () => {
    const { hub, machine, asked } = await against(space(5, 'old'))
    await machine.pull()
    hub.behave(space(3, 'new'))
    hub.requests.length = 0
    // The new hub is shorter, so it would answer the old cursor with an error.
    expect(await machine.pull()).toMatchObject({ startedOver: true, count: 3, cursor: 3, unchanged: 3 })
    expect(asked()).toEqual(['since_id=5&limit=500', 'since_id=0&limit=500'])
    hub.behave(space(9, 'newer'))
    expect(await machine.pull({ all: true, limit: 2 })).toMatchObject({ startedOver: true, count: 9, cursor: 9 })
    expect(await machine.pull()).toMatchObject({ startedOver: false, count: 0, cursor: 9 })
  })

  it('starts over when the epoch changes from one page to the next', async () => {
    const { machine } = await against(inTurn(space(9, 'one'), space(4, 'two'), space(4, 'two'), space(4, 'two')))
    expect(await machine.pull({ all: true, limit: 3 })).toMatchObject({ startedOver: true, cursor: 4 })
    expect(await machine.pull()).toMatchObject({ startedOver: false, count: 0, cursor: 4 })
  })

  it('starts over when the hub ends before the cursor', async () => {
    const { hub, machine } = await against(space(5, 'same'))
    await machine.pull()
    hub.behave(space(2, 'same'))
    expect(await machine.pull()).toMatchObject({ startedOver: true, count: 2, cursor: 2 })
    expect(await machine.pull()).toMatchObject({ startedOver: false, count: 0, cursor: 2 })
  })

  it('keeps the place that was named, and starts over the next time', async () => {
    const { hub, machine } = await against(space(5, 'old'))
    await machine.pull()
    hub.behave(space(9, 'new'))
    expect(await machine.pull({ sinceId: 7 })).toMatchObject({ count: 2, cursor: 9, startedOver: false })
    expect(await machine.pull()).toMatchObject({ count: 9, cursor: 9 })
  })

  it('gives up on an address behind which the hub changes all the time', async () => {
    let turns = 0
    const { hub, machine } = await against((request, response) => space(9, `hub-${turns++}`)(request, response))
    await expect(machine.pull({ all: true, limit: 1 })).rejects.toMatchObject({ code: 'HUB_CHANGING' })
    expect(hub.requests.length).toBeLessThan(8)
  })
})

describe('a pull of records that cannot be trusted', () => {
  it.each([
    ['without a position', { id: undefined }],
    ['with a position that is text', { id: '1' }],
    ['with a negative position', { id: -1 }],
    ['without a run id', { run_id: undefined }],
    ['with a run id that is null', { run_id: null }],
    ['without a payload', { payload: undefined }],
    ['with a payload that is null', { payload: null }],
    ['with an expiry that names no zone', { expires_at: '2026-03-18T12:00:00' }],
    ['with nothing but its kind and id', { id: null, run_id: null, payload: null, expires_at: null, author: null }],
  ])('writes one %s, as plain hubs may send it', async (_, more) => {
    const record = { ...sent(1), ...more }
    const { machine } = await against(answer(200, { records: [record, sent(2)], cursor: 2 }))
    expect(await machine.pull()).toMatchObject({ count: 2, written: 2, rejected: [], cursor: 2 })
    expect(machine.record(`reservation/${record.record_id}`)).toEqual(JSON.parse(JSON.stringify(record)))
    expect(await machine.pull({ sinceId: 0 })).toMatchObject({ written: 0, unchanged: 2 })
  })

  it.each([
    ['of a kind that nobody registers', sent(1, { kind: 'clam' }), 'no plugin here registers this kind'],
    ['of a kind that leads elsewhere', sent(1, { kind: '../../x' }), 'no valid kind'],
    ['of a kind that every object has', sent(1, { kind: '__proto__' }), 'no valid kind'],
    ['of a kind that every object has a word for', sent(1, { kind: 'constructor' }), 'no plugin here registers'],
    ['of a kind that is no text', sent(1, { kind: 7 }), 'no valid kind'],
    ['with an id that leads elsewhere', sent(1, { record_id: '../../x' }), 'unsafe record_id: "../../x"'],
    ['with an id that is a directory', sent(1, { record_id: '..' }), 'unsafe record_id'],
    ['with an id that is empty', sent(1, { record_id: '' }), 'unsafe record_id'],
    ['with an id that ends in a line end', sent(1, { record_id: 'a\n' }), 'unsafe record_id: "a\\n"'],
    ['with an id that holds a zero byte', sent(1, { record_id: 'a\0' }), 'unsafe record_id'],
    ['with an id of 129 characters', sent(1, { record_id: 'x'.repeat(129) }), 'unsafe record_id'],
    ['with an id that is a number', sent(1, { record_id: 7 }), 'unsafe record_id: 7'],
    ['without an id', sent(1, { record_id: undefined }), 'unsafe record_id'],
    ['with a run id that is no text', sent(1, { run_id: 7 }), 'run_id'],
    ['with a run id of control characters', sent(1, { run_id: '\u001b[2J' }), 'control characters'],
    ['with a payload that is a list', sent(1, { payload: [] }), 'payload'],
    ['with an expiry that is no time', sent(1, { expires_at: 'soon' }), 'expires_at'],
    ['with a payload over the limit', sent(1, { payload: { x: 'x'.repeat(MAX_RECORD_BYTES) } }), 'over'],
    ['with a payload nested without end', sent(1, { payload: { x: DEEP } }), 'nested'],
    ['nested without end where an id belongs', sent(1, { id: DEEP }), 'nested'],
    ['nested without end beside what is known', sent(1, { more: DEEP }), 'nested'],
    ['that is text', 'record', 'is no JSON object'],
    ['that is null', null, 'is no JSON object'],
    ['that is a list', [sent(1)], 'is no JSON object'],
  ])('refuses one %s, names it, writes nothing of it and goes on', async (_, record, reason) => {
    const page = JSON.stringify({ records: [record, sent(2)], cursor: 2 })
    const { hub, machine } = await against(
      answer(200, page.replace(`"${DEEP}"`, '['.repeat(50_000) + ']'.repeat(50_000))),
    )
    const before = machine.everything()
    const result = await machine.pull()
    expect(result).toMatchObject({ count: 1, cursor: 2, written: 1, records: [{ recordId: 'r2' }] })
    expect(result.rejected).toEqual([
      { kind: expect.any(String), recordId: expect.any(String), reason: expect.stringContaining(reason) },
    ])
    expect(machine.pulled()).toEqual(['reservation/r2'])
    const added = ['remote', 'remote/reservation', 'remote/reservation/r2.json'].map(
      (name) => `.muse/coordination/${name}`,
    )
    expect(machine.everything()).toEqual([...before, ...added].sort())
    expect(fs.readdirSync(path.dirname(machine.root)).sort()).toEqual(['home', 'repo'])
    hub.behave(answer(200, { records: [], cursor: 2 }))
    expect(await machine.pull()).toMatchObject({ count: 0, rejected: [] })
  })

  it('writes a record with all that the hub says about it, known or not', async () => {
    const record = sent(1, { colour: 'blue', payload: { reservation_id: 'r1', Mixed_Case: { someKey: 1 } } })
    const { machine } = await against(answer(200, { records: [record], cursor: 1 }))
    await machine.pull()
    expect(machine.record('reservation/r1')).toEqual(record)
  })

  it.each([
    ['remote', 'remote'],
    ['remote/<kind>', 'remote/reservation'],
    ['a record’s file', 'remote/reservation/r1.json'],
  ])('refuses to go through a link in the place of %s, and keeps the cursor', async (_, place) => {
    const { hub, machine } = await against(space(2, 'one'))
    const elsewhere = path.join(machine.home, 'elsewhere')
    fs.mkdirSync(elsewhere)
    const link = path.join(machine.coordination, place)
    fs.mkdirSync(path.dirname(link), { recursive: true })
    fs.symlinkSync(elsewhere, link)
    await expect(machine.pull()).rejects.toMatchObject({
      code: 'LINK_REFUSED',
      message: expect.stringContaining(place),
    })
    expect(fs.readdirSync(elsewhere)).toEqual([])
    fs.rmSync(link)
    expect(await machine.pull()).toMatchObject({ count: 2, cursor: 2 })
    expect(machine.pulled()).toEqual(['reservation/r1', 'reservation/r2'])
    expect(hub.requests.at(-1)?.target).toContain('since_id=0&')
  })

  it('lets go of the next page when this one cannot be written', async () => {
    let isCut = false
    const { hub, machine } = await against(
      inTurn(space(9, 'one'), (_, response) => {
        response.on('close', () => {
          isCut = true
        })
      }),
    )
    fs.mkdirSync(path.join(machine.coordination, 'remote'))
    fs.writeFileSync(path.join(machine.coordination, 'remote/reservation'), 'in the way')
    await expect(machine.pull({ all: true, limit: 3 })).rejects.toMatchObject({ code: 'FILE_FAILED' })
    // The request for the next page may have got as far as the hub, or not.
    for (let waited = 0; hub.requests.length > 1 && !isCut && waited < 2000; waited += 20) await setTimeout(20)
    expect(hub.requests.length === 1 || isCut).toBe(true)
  })
})

describe('an interrupted pull', () => {
  it('that was killed has put nothing in place, and the next one brings everything', async () => {
    const { hub, machine } = await against(space(9, 'one'))
    const thirdPage = new Promise<void>((resolve) =>
      hub.behave(inTurn(space(9, 'one'), space(9, 'one'), () => resolve())),
    )
    const running = startExecutable(machine, ['sync', 'pull', '--all', '--limit', '3'])
    await thirdPage
    running.child.kill('SIGKILL')
    await running.ended
    expect(fs.existsSync(path.join(machine.coordination, 'remote'))).toBe(false)
    hub.behave(space(9, 'one'))
    expect(await machine.pull()).toMatchObject({ count: 9, cursor: 9, written: 9, startedOver: false })
    expect(machine.pulled()).toHaveLength(9)
    // Beside it the killed process may have left a temporary file of its own.
    const sync = path.join(machine.coordination, '.sync')
    const states = fs.readdirSync(sync).filter((name) => fs.existsSync(path.join(sync, name, 'new')))
    expect(states).toHaveLength(1)
    expect(fs.readdirSync(path.join(sync, String(states[0]), 'new'))).toEqual([])
  })

  it('has written and recorded the pages that came', async () => {
    const interruption = new AbortController()
    const { hub, machine } = await against(inTurn(space(9, 'one'), space(9, 'one'), () => interruption.abort()))
    await expect(machine.pull({ all: true, limit: 3, signal: interruption.signal })).rejects.toMatchObject({
      code: 'INTERRUPTED',
      exitCode: 130,
    })
    expect(machine.pulled()).toHaveLength(6)
    hub.behave(space(9, 'one'))
    expect(await machine.pull()).toMatchObject({ count: 3, cursor: 9, written: 3 })
  })

  it('ends the process with 130 and one document', async () => {
    const { hub, machine } = await against(space(9, 'one'))
    const thirdPage = new Promise<void>((resolve) =>
      hub.behave(inTurn(space(9, 'one'), space(9, 'one'), () => resolve())),
    )
    const running = startExecutable(machine, ['sync', 'pull', '--all', '--limit', '3', '--json'])
    await thirdPage
    running.child.kill('SIGINT')
    const ended = await running.ended
    expect(ended).toMatchObject({ exitCode: 130, stderr: '' })
    expect(documentOf(ended)).toMatchObject({ status: 'interrupted', error: expect.stringContaining('recorded') })
    hub.behave(space(9, 'one'))
    expect(await machine.pull()).toMatchObject({ count: 3, cursor: 9, written: 3 })
  })
})
