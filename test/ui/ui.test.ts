import { describe, expect, it } from '@jest/globals'
import { defineKind } from '../../src/plugin.js'
import { noteCollisions } from '../../src/workspace/worth/note-worth.js'
import { uiAt } from './ui-at.js'

const PATHS = ['/', '/holds', '/timeline', '/tasks', '/why?id=r1']
const HOSTILE = 'src/<script>alert(1)</script>"onload="x/‮a.ts'

function reservation(id: string, more: object = {}) {
  const times = { created_at: '2026-03-18T11:00:00Z', expires_at: '2026-03-18T13:00:00Z' }
  return { reservation_id: id, run_id: 'agent-1', addresses: [`src/${id}.ts`], ...times, ...more }
}

interface Point {
  readonly x: number
  readonly y: number
}

/** Points along a path of cubic curves and horizontal lines. */
function pointsOf(path: string): readonly Point[] {
  const found: Point[] = []
  let at: Point = { x: 0, y: 0 }
  for (const [, letter, numbers = ''] of path.matchAll(/([MCH])([^MCH]+)/g)) {
    const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = numbers.split(' ').map(Number)
    const start = at
    at = letter === 'M' ? { x: a, y: b } : letter === 'H' ? { x: a, y: start.y } : { x: e, y: f }
    for (let step = 0; step <= 50; step++) {
      const [t, u] = [step / 50, 1 - step / 50]
      const on = (p: number, q: number, r: number, s: number) =>
        u ** 3 * p + 3 * u * u * t * q + 3 * u * t * t * r + t ** 3 * s
      if (letter === 'C') found.push({ x: on(start.x, a, c, e), y: on(start.y, b, d, f) })
      if (letter === 'H') found.push({ x: start.x + (a - start.x) * t, y: start.y })
    }
  }
  return found
}

describe('the pages of muse-coord ui', () => {
  it('tell who holds what, by address, and where two runs meet', async () => {
    const { put, get, json } = await uiAt()
    put('reservations/r1.json', reservation('r1'))
    put('reservations/r2.json', reservation('r2', { run_id: 'agent-2', addresses: ['src/r1.ts'] }))
    expect(await json('/holds')).toMatchObject({ at: null, total: 2, rows: [{ what: 'src/r1.ts' }, {}] })
    const { status, text } = await get('/holds')
    expect(status).toBe(200)
    expect(text).toContain('ends in 1h')
    expect(text).toMatch(/class="contested".*r1\.ts.*meets .*agent-2/)
  })

  it('say which of two that meet was first, and who has what is inside of an address or around it', async () => {
    const { put, get, json } = await uiAt()
    const early = { run_id: 'agent-1', addresses: ['src/a.ts'] }
    const late = { run_id: 'agent-2', addresses: ['src/a.ts::f'], created_at: '2026-03-18T11:30:00Z' }
    put('reservations/r1.json', reservation('r1', early))
    put('reservations/r2.json', reservation('r2', late))
    expect(await json('/holds')).toMatchObject({
      rows: [
        { run_id: 'agent-1', meets: [{ run_id: 'agent-2', is_first: false }] },
        { run_id: 'agent-2', meets: [{ run_id: 'agent-1', is_first: true }] },
      ],
    })
    expect((await get('/holds')).text).toMatch(/agent-2<.*came later and yields.*agent-1<.*which was first/s)
    expect(await json('/why?id=src/a.ts')).toMatchObject({
      sentence: 'src/a.ts: agent-1 has it, it ends in 1h; agent-2 has src/a.ts::f, it ends in 1h.',
      total: 2,
    })
    expect(await json('/why?id=src/a.ts::g')).toMatchObject({
      sentence: 'src/a.ts::g: agent-1 has src/a.ts, it ends in 1h.',
    })
    expect(await json('/why?id=src/b.ts')).toMatchObject({ total: 0 })
  })

  it('count the tasks alike on each page, those that are taken too', async () => {
    const { put, json } = await uiAt()
    for (const id of ['t1', 't2']) put(`tasks/${id}.json`, { task_id: id, title: id })
    const times = { claimed_at: '2026-03-18T11:00:00Z', expires_at: '2026-03-18T13:00:00Z' }
    put('claims/t1.json', { task_id: 't1', run_id: 'agent-1', ...times })
    expect(await json('/')).toMatchObject({ sentence: expect.stringContaining('2 tasks open, 1 of them taken') })
    expect(await json('/tasks')).toMatchObject({ sentence: '2 tasks open: 1 claimed, 1 pending.' })
  })

  it('say in a sentence how it stands, and what needs attention with the command that helps', async () => {
    const { put, get, json } = await uiAt()
    expect(await json('/')).toMatchObject({
      sentence: '0 agents alive, 0 conflicts ahead, 0 things held, 0 tasks open.',
    })
    put('reservations/r1.json', reservation('r1'))
    put('reservations/r2.json', reservation('r2', { run_id: 'agent-2', addresses: ['src/r1.ts'] }))
    put('tasks/t1.json', { task_id: 't1', title: 'Mend it' })
    expect(await json('/')).toMatchObject({
      sentence: expect.stringContaining('1 conflict ahead, 2 things held, 1 task open'),
    })
    expect((await get('/')).text).toMatch(/<li>.*<code>muse-coord .*<\/code><\/li>/)
  })

  it('tell what coordination was worth, by day and run, also as of a past moment', async () => {
    const { workspace, clock, get, json } = await uiAt()
    expect((await get('/')).text).not.toContain('worth in seven days')
    const session = { workspace, clock, note: () => {} }
    noteCollisions(session, 'agent-1', [{ kind: 'reservation', recordId: 'r1', what: 'src/a.ts' }])
    expect(await json('/')).toMatchObject({ worth: { collisions_prevented: 1, waits_ended: 0 } })
    const { text } = await get('/')
    expect(text).toMatch(/<b>1<\/b> collision prevented.*<b>0<\/b> waits ended/s)
    expect(text).toMatch(/2026-03-18<\/td>\s*<th scope="row"><a [^>]*>agent-1/)
    expect((await get('/?at=2026-03-18T12:30:00Z')).text).toContain('collision prevented')
    expect((await get('/?at=2026-03-18T11:59:00Z')).text).not.toContain('collision prevented')
  })

  it('list tasks with what they wait for, and tell the story of one', async () => {
    const { put, json } = await uiAt()
    put('tasks/t1.json', { task_id: 't1', title: 'First', run_id: 'lead' })
    put('tasks/t2.json', { task_id: 't2', title: 'Second', run_id: 'lead', after: ['t1'] })
    const { rows } = await json('/tasks')
    expect(rows).toMatchObject([
      { record_id: 't1', state: 'pending' },
      { record_id: 't2', state: 'waiting', after: ['t1'] },
    ])
    expect(await json('/why?id=t1')).toMatchObject({ id: 't1', total: 2, rows: [{ kind: 'task' }, { kind: 'task' }] })
    expect(await json('/why?id=nobody')).toMatchObject({ total: 0 })
  })

  it('draw what waits for what without a line under a record, also where one waits for a far one', async () => {
    const { put, get } = await uiAt()
    const tasks: Record<string, string[]> = {
      t1: [],
      t2: ['t1'],
      t3: ['t2', 't1'],
      t4: ['t3', 't1', 't2'],
      t5: ['t4', 't1'],
    }
    for (const [id, after] of Object.entries(tasks)) put(`tasks/${id}.json`, { task_id: id, title: id, after })
    const { text } = await get('/tasks')
    const boxes = [...text.matchAll(/<rect x="(.+?)" y="(.+?)" width="(.+?)" height="(.+?)"/g)].map((match) => {
      const [x, y, width, height] = match.slice(1).map(Number) as [number, number, number, number]
      return { left: x + 1, right: x + width - 1, top: y, bottom: y + height }
    })
    const paths = [...text.matchAll(/<path class="edge" d="(.+?)"/g)].map(([, path = '']) => path)
    expect([boxes.length, paths.length]).toEqual([5, 8])
    for (const path of paths) {
      for (const { x, y } of pointsOf(path)) {
        const met = boxes.filter(({ left, right, top, bottom }) => x > left && x < right && y > top && y < bottom)
        expect({ path, x, y, met }).toEqual({ path, x, y, met: [] })
      }
    }
  })

  it('keep the drawing small where each of many waits for all before it, and say what is left out', async () => {
    const { put, get } = await uiAt()
    const ids = Array.from({ length: 90 }, (_, n) => `t${String(n).padStart(2, '0')}`)
    for (const [n, id] of ids.entries()) put(`tasks/${id}.json`, { task_id: id, title: id, after: ids.slice(0, n) })
    const { text } = await get('/tasks')
    expect(text.length).toBeLessThan(300_000)
    expect(text).toMatch(/Not drawn: 10 more records, \d+ more lines\./)
  })

  it('show a past moment by what had come by then, and keep to it in their links', async () => {
    const { clock, pulled, json, get } = await uiAt()
    const payload = reservation('r1')
    const { run_id, expires_at } = payload
    pulled({ kind: 'reservation', record_id: 'r1', run_id, payload, expires_at })
    const released = { release_id: 'x', reservation_id: 'r1', run_id, released_at: '2026-03-18T11:30:00Z' }
    const received_at = '2026-03-18T11:30:00.000Z'
    pulled({ id: 2, kind: 'release', record_id: 'x', run_id, payload: released, received_at })
    clock.move(0)
    expect(await json('/holds')).toMatchObject({ total: 0 })
    expect(await json('/holds?at=2026-03-18T11:10:00Z')).toMatchObject({ total: 1, at: '2026-03-18T11:10:00.000Z' })
    expect(await json('/holds?at=2026-03-18T10:59:00Z')).toMatchObject({ total: 0 })
    expect(await json('/timeline')).toMatchObject({ rows: [{ run_id: 'agent-1', bars: [{ record_id: 'r1' }] }] })
    const { text } = await get('/holds?at=2026-03-18T11:10:00Z')
    expect(text).toContain('href="/timeline?at=2026-03-18T11%3A10%3A00')
    expect(text).toContain('is known by its last word')
    expect(await get('/holds?at=yesterday')).toMatchObject({ status: 400 })
  })

  it.each(PATHS)('show what strangers wrote as text only: %s', async (path) => {
    const { pulled, get } = await uiAt()
    const names = { run_id: '<img src=x onerror=alert(1)>', addresses: [HOSTILE] }
    const payload = reservation('r1', names)
    pulled({ kind: 'reservation', record_id: 'r1', run_id: names.run_id, payload, expires_at: payload.expires_at })
    pulled({ kind: 'task', record_id: 't1', run_id: names.run_id, payload: { task_id: 't1', title: HOSTILE } })
    const { status, text } = await get(path)
    expect(status).toBe(200)
    expect(text).not.toMatch(/<script>|<img|"onload|\u202E/)
    expect(text).toContain('&#60;')
  })

  it('show what a kind of somebody else is held by, without knowing it', async () => {
    const lock = defineKind<{ lock_id?: string; run_id?: string; after?: string[] }>({
      name: 'lock',
      directory: 'locks',
      idField: 'lock_id',
      runIdField: 'run_id',
      schema: { type: 'object' },
      merge: 'latest',
      expiresAt: () => null,
      describe: () => 'keeps the door',
      after: ({ after }) => after ?? [],
      *holds(records) {
        for (const { kind, recordId, runId, author } of records.entries('lock')) {
          yield { kind, recordId, what: 'door', runId, author, since: null, until: null, token: 7, isExclusive: true }
        }
      },
    })
    const { put, json } = await uiAt([lock])
    put('locks/l1.json', { lock_id: 'l1', run_id: 'agent-1', after: ['l0'] })
    expect(await json('/holds')).toMatchObject({ rows: [{ kind: 'lock', what: 'door', token: 7 }] })
    expect(await json('/tasks')).toMatchObject({ rows: [{ kind: 'lock', after: ['l0'] }] })
    expect(await json('/why?id=l1')).toMatchObject({ rows: [{ says: 'keeps the door' }] })
  })

  it('stay below 300 kB each, however much there is', async () => {
    const { put, get, json } = await uiAt()
    const long = `${'a-long-name/'.repeat(8)}${'<'.repeat(2000)}`
    for (let index = 0; index < 110; index++) {
      put(
        `reservations/r${index}.json`,
        reservation(`r${index}`, { run_id: `run-${index}`, addresses: [`${long}${index}`] }),
      )
      put(`tasks/t${index}.json`, { task_id: `t${index}`, title: long, after: ['t0', 't1', 't2'] })
    }
    for (const path of PATHS) expect(Buffer.byteLength((await get(path)).text)).toBeLessThan(300_000)
    expect(await json('/holds?page=3')).toMatchObject({ page: 2, pages: 2, total: 110 })
  })
})

describe('the door of muse-coord ui', () => {
  it('takes the token of the link out of the address, and remembers it', async () => {
    const { link, port, ask } = await uiAt()
    const { pathname, search } = new URL(link)
    const { status, headers } = await ask(`${pathname}${search}&at=2026-03-18T11:00:00Z`)
    expect(status).toBe(303)
    expect(headers.location).toBe('/?at=2026-03-18T11%3A00%3A00Z')
    const cookie = String(headers['set-cookie']?.[0])
    expect(cookie).toMatch(/; HttpOnly; SameSite=Strict; Path=\/$/)
    const page = await ask('/', { cookie: cookie.split(';')[0], host: `localhost:${port}` })
    expect(page.status).toBe(200)
    expect(page.headers['content-security-policy']).toMatch(/^default-src 'none'/)
    expect(page.text).not.toContain(String(new URL(link).searchParams.get('token')))
  })

  it('lets nobody in without the token, and nobody who has another one', async () => {
    const { port, ask } = await uiAt()
    for (const path of [...PATHS, '/ui.js', '/changes']) expect(await ask(path)).toMatchObject({ status: 401 })
    expect(await ask('/?token=guessed')).toMatchObject({ status: 403 })
    expect(await ask('/', { cookie: `muse_coord_ui_${port}=guessed` })).toMatchObject({ status: 403 })
  })

  it('refuses foreign hosts and origins, and whatever is no reading', async () => {
    const { port, link, ask } = await uiAt()
    const cookie = `muse_coord_ui_${port}=${new URL(link).searchParams.get('token')}`
    expect(await ask('/', { cookie, host: `evil.example:${port}` })).toMatchObject({ status: 403 })
    expect(await ask('/', { cookie, host: '127.0.0.1:1' })).toMatchObject({ status: 403 })
    expect(await ask('/', { cookie, origin: 'http://evil.example' })).toMatchObject({ status: 403 })
    expect(await ask('/', { cookie, origin: 'null' })).toMatchObject({ status: 403 })
    expect(await ask('/', { cookie }, 'POST')).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } })
    expect(await ask('/', { cookie }, 'HEAD')).toMatchObject({ status: 200, text: '' })
    expect(await ask('//evil.example/', { cookie })).toMatchObject({ status: 404 })
  })
})
