import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it, jest } from '@jest/globals'
import { processMark } from '../../src/files/process-mark.js'
import { answer, keepAnswersOf, passOnTo, passOnWithout, pushed } from '../support/faulty-hub.js'
import type { Machine } from '../support/machine.js'
import { documentOf, runCli } from '../support/run-cli.js'
import { createSwarm, type Swarm } from '../support/swarm.js'

async function verb(machine: Machine, ...argv: string[]) {
  const ended = await runCli(machine, [...argv, '--json'])
  // biome-ignore lint/suspicious/noExplicitAny: a JSON document, whose shape is what the tests look into
  const json: any = documentOf(ended)
  return { exitCode: ended.exitCode, json }
}

const claim = async (machine: Machine, runId: string, ...argv: string[]) =>
  (await verb(machine, 'claim', '--run-id', runId, ...argv)).json

/** Two machines that know the same tasks, of which the first is the most urgent, and nothing of each other's claims. */
async function twoMachines(tasks: number): Promise<Swarm & { a: Machine; b: Machine }> {
  const swarm = await createSwarm()
  const [a, b] = [await swarm.machine(), await swarm.machine()]
  for (let n = 1; n <= tasks; n++) await verb(a, 'enqueue', `t${n}`, '--id', `t${n}`, '--priority', String(-n))
  await a.push()
  await Promise.all([a.pull({ all: true }), b.pull({ all: true })])
  return { ...swarm, a, b }
}

const posts = ({ proxy }: Swarm) => proxy.requests.filter(({ method }) => method === 'POST')
const askedFor = (swarm: Swarm) => posts(swarm).map((request) => pushed(request).records.map((one) => one.record_id))
const holders = async (swarm: Swarm) =>
  (await swarm.stored()).flatMap(({ kind, recordId, runId }) => (kind === 'claim' ? [`${recordId} ${runId}`] : []))

describe('claim, at a hub that takes the first that is free', () => {
  it('asks once for many, and gets the first that is free, whatever others have taken since', async () => {
    const swarm = await twoMachines(4)
    expect((await claim(swarm.a, 'r1')).task_id).toBe('t1')
    expect((await claim(swarm.a, 'r2')).task_id).toBe('t2')
    swarm.proxy.requests.length = 0
    expect(await claim(swarm.b, 'r3')).toMatchObject({ task_id: 't3', token: 1, renewed: false, resumed: false })
    expect(posts(swarm)).toHaveLength(1)
    expect(await swarm.b.push()).toMatchObject({ inserted: 0, updated: 0, conflicts: [] })
    expect(await holders(swarm)).toEqual(['t1 r1', 't2 r2', 't3 r3'])
    // It would have met one other run, not both; none where it had been told of them by then.
    expect((await verb(swarm.b, 'status')).json.worth.collisions_prevented).toBeLessThanOrEqual(1)
  })

  it('gives many who claim at once one task each, in as many requests as there are claims', async () => {
    const swarm = await twoMachines(12)
    swarm.proxy.requests.length = 0
    const claims = await Promise.all(
      Array.from({ length: 8 }, (_, n) => claim(n % 2 === 0 ? swarm.a : swarm.b, `r${n}`)),
    )
    const got = claims.map(({ task_id }) => task_id).sort()
    expect(got).toEqual(['t1', 't2', 't3', 't4', 't5', 't6', 't7', 't8'])
    expect(posts(swarm)).toHaveLength(8)
  })

  it('tells the others of its store what it has got, so that none of them reads it', async () => {
    const { a } = await twoMachines(3)
    await claim(a, 'r1')
    const { view } = a.session.workspace.snapshot(60_000)
    const read = jest.spyOn(fs, 'openSync')
    expect(view.alive().entries('claim')).toMatchObject([{ recordId: 't1', runId: 'r1' }])
    expect(read.mock.calls.filter(([file]) => `${file}`.endsWith('t1.json'))).toEqual([])
    read.mockRestore()
  })

  it('has one of those who claim at once in a store fetch what is new', async () => {
    const swarm = await twoMachines(6)
    await new Promise((resolve) => setTimeout(resolve, 1100))
    swarm.proxy.requests.length = 0
    await Promise.all(Array.from({ length: 4 }, (_, n) => claim(swarm.a, `r${n}`)))
    expect(swarm.proxy.requests.filter(({ target }) => target.includes('/pull'))).toHaveLength(1)
    expect(await holders(swarm)).toHaveLength(4)
  })

  it('notes as lost what the run had, that lapsed, and that another has by now', async () => {
    const { a, b } = await twoMachines(2)
    expect(await claim(b, 'r1', '--ttl', '1')).toMatchObject({ task_id: 't1' })
    await b.push()
    await new Promise((resolve) => setTimeout(resolve, 1200))
    await b.pull()
    const own = path.join(b.coordination, 'claims/t1.json')
    expect(fs.existsSync(own)).toBe(true)
    expect(await claim(a, 'r2')).toMatchObject({ task_id: 't1', token: 2 })
    expect(await claim(b, 'r1')).toMatchObject({ task_id: 't2' })
    expect(fs.existsSync(own)).toBe(false)
  })

  it('takes what was given back, though another has it known under an older token', async () => {
    const swarm = await twoMachines(1)
    await claim(swarm.a, 'r1')
    expect((await verb(swarm.a, 'fail-task', 't1', '--run-id', 'r1', '--retry')).exitCode).toBe(0)
    expect(await claim(swarm.b, 'r2')).toMatchObject({ task_id: 't1', token: 2 })
  })

  it('says that there is nothing only after it has fetched what there is', async () => {
    const swarm = await twoMachines(1)
    await claim(swarm.a, 'r1')
    await verb(swarm.a, 'enqueue', 'new', '--id', 'new')
    await swarm.a.push()
    expect((await claim(swarm.b, 'r2')).task_id).toBe('new')
    expect(await claim(swarm.b, 'r3')).toMatchObject({ status: 'not_found' })
  })

  it('hands out a task as its file has it, and finds one that waits no more, however lately they were rewritten in place', async () => {
    const { a } = await twoMachines(3)
    const rewrite = (task: string, fields: object) => {
      const file = path.join(a.coordination, 'tasks', `${task}.json`)
      fs.writeFileSync(file, JSON.stringify({ ...JSON.parse(fs.readFileSync(file, 'utf8')), ...fields }))
    }
    rewrite('t3', { after: ['t1'] })
    expect((await claim(a, 'r1')).task_id).toBe('t1')
    rewrite('t2', { payload: { how: 'anew' } })
    rewrite('t3', { after: [] })
    expect(await claim(a, 'r2')).toMatchObject({ task_id: 't2', payload: { how: 'anew' } })
    expect((await claim(a, 'r3')).task_id).toBe('t3')
  })

  it('asks for a named task alone, without a mark', async () => {
    const swarm = await twoMachines(3)
    swarm.proxy.requests.length = 0
    await claim(swarm.a, 'r1', 't2')
    expect(askedFor(swarm)).toEqual([['t2']])
    expect(posts(swarm).map(pushed)).toEqual([expect.not.objectContaining({ first: true })])
  })

  it('loses no answer: who asks again has what it was given, and nothing else', async () => {
    const swarm = await twoMachines(3)
    const pass = passOnTo(swarm.hub.url)
    swarm.proxy.requests.length = 0
    swarm.proxy.behave((request, response) => {
      if (request.method !== 'POST' || posts(swarm).length > 1) return pass(request, response)
      // The hub decides; its answer never arrives.
      return new Promise<void>((resolve) => {
        const cut = () => {
          response.destroy()
          resolve()
        }
        void keepAnswersOf(swarm.hub.url, cut)(request, response)
      })
    })
    expect(await claim(swarm.a, 'r1')).toMatchObject({ task_id: 't1', token: 1 })
    // A third where the second came within the same second: its signature was that of the first, which has acted.
    expect([2, 3]).toContain(posts(swarm).length)
    expect(await holders(swarm)).toEqual(['t1 r1'])
  })

  it('gives a run that was killed while it asked what the hub had given it, however soon it comes again', async () => {
    const swarm = await twoMachines(3)
    // What the killed process leaves: the hub has its claim, the store has nothing but the mark.
    await claim(swarm.a, 'r1')
    fs.rmSync(path.join(swarm.a.coordination, 'claims'), { recursive: true })
    fs.rmSync(path.join(swarm.a.coordination, '.order', 'leases'), { recursive: true })
    await claim(swarm.a, 'other')
    const asking = path.join(swarm.a.coordination, '.order', 'asking')
    const hash = createHash('sha256').update('r1').digest('hex').slice(0, 16)
    const mark = { ...JSON.parse(processMark()), pid: 2 ** 30 }
    fs.writeFileSync(path.join(asking, `claim@first.${hash}`), JSON.stringify(mark))
    expect(await claim(swarm.a, 'r1')).toMatchObject({ task_id: 't1', resumed: true })
    expect(await holders(swarm)).toEqual(['t2 other', 't1 r1'])
  })
})

describe('claim, at a hub that announces nothing', () => {
  it('never asks for more than one task at a time', async () => {
    const swarm = await twoMachines(3)
    swarm.proxy.behave(passOnWithout(['features'], swarm.hub.url))
    await Promise.all([swarm.a.pull({ all: true }), swarm.b.pull({ all: true })])
    swarm.proxy.requests.length = 0
    expect((await claim(swarm.a, 'r1')).task_id).toBe('t1')
    expect((await claim(swarm.b, 'r2')).task_id).toBe('t2')
    expect(askedFor(swarm).every((ids) => ids.length === 1)).toBe(true)
    expect(posts(swarm).map(pushed)).not.toContainEqual(expect.objectContaining({ first: true }))
  })

  it('is believed from its next answer on, in the place of one that announced it: what it gave too much goes back', async () => {
    const swarm = await twoMachines(3)
    const pass = passOnWithout(['features'], swarm.hub.url)
    swarm.proxy.requests.length = 0
    // An older hub takes each record of such a push, for it knows no mark.
    swarm.proxy.behave((request, response) => {
      const { first, records } =
        request.method === 'POST'
          ? (pushed(request) as ReturnType<typeof pushed> & { first?: boolean })
          : { first: false, records: [] }
      if (!first) return pass(request, response)
      const expires_at = new Date(Date.now() + 3_600_000).toISOString()
      const leases = records.map(({ kind, record_id }) => ({ kind, record_id, token: 1, expires_at }))
      return answer(200, { inserted: leases.length, skipped: 0, leases, epoch: swarm.hub.store.epoch })(
        request,
        response,
      )
    })
    expect((await claim(swarm.a, 'r1')).task_id).toBe('t1')
    const givenBack = posts(swarm)
      .slice(1)
      .map((request) => pushed(request).records[0])
    expect(givenBack.map((one) => [one?.record_id, one?.payload.status])).toEqual([
      ['t2', 'returned'],
      ['t3', 'returned'],
    ])
    swarm.proxy.requests.length = 0
    await claim(swarm.a, 'r2')
    expect(askedFor(swarm).every((ids) => ids.length === 1)).toBe(true)
  })
})
