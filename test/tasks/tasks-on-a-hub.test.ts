import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import {
  answer,
  type Behaviour,
  keepAnswersOf,
  passOnTo,
  passOnWithout,
  pushed,
  startFaultyHub,
  takeEverything,
} from '../support/faulty-hub.js'
import { createMachine, type Machine } from '../support/machine.js'
import { documentOf, runCli } from '../support/run-cli.js'
import { createSwarm, type Swarm } from '../support/swarm.js'
import { StandingClock } from '../workspace/workspace-at.js'

/** Runs a verb on a machine: its exit code, the JSON it printed, and what a person would have read on standard error. */
async function verb(machine: Machine, ...argv: string[]) {
  const ended = await runCli(machine, [...argv, '--json'])
  // biome-ignore lint/suspicious/noExplicitAny: a JSON document, whose shape is what the tests look into
  const json: any = documentOf(ended)
  return { exitCode: ended.exitCode, json }
}

async function twoMachines(clock?: StandingClock): Promise<Swarm & { a: Machine; b: Machine }> {
  const swarm = await createSwarm(clock === undefined ? {} : { clock })
  const a = await swarm.machine()
  const b = await swarm.machine()
  return { ...swarm, a, b }
}

async function enqueue({ a, b }: { a: Machine; b: Machine }, ...titles: string[]) {
  for (const title of titles) await verb(a, 'enqueue', title, '--id', title)
  await a.push()
  await b.pull({ all: true })
}

const claimFile = (machine: Machine, task: string) => path.join(machine.coordination, 'claims', `${task}.json`)

describe('claim --take, with a hub', () => {
  it('takes a task for the owner of the space from a run of somebody else that is at it, and the loser is told', async () => {
    const swarm = await createSwarm()
    const owner = await swarm.machine()
    const ada = await swarm.machine({ signer: await swarm.hub.register('ada') })
    await verb(owner, 'enqueue', 'Port', '--id', 'task-1')
    await owner.push()
    await verb(owner, 'space', 'grant', 'ada')
    expect((await verb(ada, 'claim', '--run-id', 'r1')).json).toMatchObject({ task_id: 'task-1', token: 1 })
    expect(await verb(owner, 'claim', 'task-1', '--run-id', 'r2')).toMatchObject({ exitCode: 6 })
    const taken = await verb(owner, 'claim', 'task-1', '--run-id', 'r2', '--take')
    expect(taken).toMatchObject({ exitCode: 0, json: { task_id: 'task-1', run_id: 'r2', token: 2 } })
    expect(await verb(ada, 'claim', 'task-1', '--run-id', 'r1', '--take')).toMatchObject({ exitCode: 6 })
    expect(await verb(ada, 'complete', 'task-1', '--run-id', 'r1')).toMatchObject({ exitCode: 7 })
  })
})

describe('claim, with a hub', () => {
  it('asks it before it says yes, and gives the token', async () => {
    const place = await twoMachines()
    await enqueue(place, 'task-1')
    const { json } = await verb(place.a, 'claim', '--run-id', 'r1')
    expect(json).toMatchObject({ task_id: 'task-1', token: 1, space: 'gabriel/muse', provisional: false })
    const claim = (await place.stored()).find(({ kind }) => kind === 'claim')
    expect(claim).toMatchObject({ recordId: 'task-1', runId: 'r1', token: 1, expiresAt: json.expires_at })
    // It was sent on its own, and a push has nothing left to send.
    const request = place.proxy.requests.filter(({ method }) => method === 'POST').at(-1)
    expect(request && pushed(request).records).toHaveLength(1)
    expect(await place.a.push()).toMatchObject({ inserted: 0, updated: 0 })
  })

  it('lets the loser go on to the next task, and says 4 when there is none', async () => {
    const place = await twoMachines()
    await enqueue(place, 'task-1', 'task-2')
    const claims = await Promise.all([
      verb(place.a, 'claim', '--run-id', 'r1'),
      verb(place.b, 'claim', '--run-id', 'r2'),
    ])
    expect(claims.map(({ json }) => json.task_id).sort()).toEqual(['task-1', 'task-2'])
    expect(await verb(place.b, 'claim', '--run-id', 'r3')).toMatchObject({ exitCode: 4, json: { status: 'not_found' } })
  })

  it('asks a hub that announces nothing for one task at a time, for none that a refusal has shown to be taken, and keeps the others of the workspace from it', async () => {
    const place = await twoMachines()
    await enqueue(place, 'task-1', 'task-2', 'task-3')
    const pass = passOnWithout(['features'], place.hub.url)
    place.proxy.behave(pass)
    await Promise.all([place.a.pull(), place.b.pull()])
    const asked: string[] = []
    const marked: string[][] = []
    const watched: Behaviour = async (request, response) => {
      if (request.method === 'POST') asked.push(pushed(request).records[0]?.record_id ?? '')
      else if (asked.length > 0) marked.push(fs.readdirSync(path.join(place.b.coordination, '.order/asking')))
      if (request.method === 'POST' && asked.length === 1) {
        // Between the news and the question of one machine the other one takes two.
        place.proxy.behave(pass)
        for (const runId of ['r1', 'r2']) await verb(place.a, 'claim', '--run-id', runId)
        place.proxy.behave(watched)
      }
      await pass(request, response)
    }
    place.proxy.behave(watched)
    expect((await verb(place.b, 'claim', '--run-id', 'r3')).json.task_id).toBe('task-3')
    expect(asked).toEqual(['task-1', 'task-3'])
    expect(marked).toEqual([expect.arrayContaining(['claim@task-1'])])
  })

  it('refuses a task that another machine has, and names the holder', async () => {
    const place = await twoMachines()
    await enqueue(place, 'task-1')
    await verb(place.a, 'claim', '--run-id', 'r1')
    for (const argv of [
      ['claim', 'task-1'],
      ['complete', 'task-1'],
      ['fail-task', 'task-1', '--retry'],
    ]) {
      const ending = await verb(place.b, ...argv, '--run-id', 'r2')
      expect(ending).toMatchObject({ exitCode: 6, json: { status: 'held', error: expect.stringContaining('r1') } })
    }
    expect(fs.existsSync(claimFile(place.b, 'task-1'))).toBe(false)
  })

  it('sees what was enqueued, finished and given back elsewhere without a pull in between', async () => {
    const place = await twoMachines()
    await verb(place.a, 'enqueue', 'first', '--id', 'first')
    await verb(place.a, 'enqueue', 'second', '--id', 'second', '--after', 'first')
    await place.a.push()
    expect((await verb(place.b, 'claim', '--run-id', 'r2')).json.task_id).toBe('first')
    expect((await verb(place.a, 'claim', '--run-id', 'r1')).exitCode).toBe(4)
    await verb(place.b, 'fail-task', 'first', '--run-id', 'r2', '--retry')
    expect((await verb(place.a, 'claim', '--run-id', 'r1')).json).toMatchObject({ task_id: 'first', token: 2 })
    await verb(place.a, 'complete', 'first', '--run-id', 'r1')
    expect((await verb(place.b, 'claim', '--run-id', 'r2')).json.task_id).toBe('second')
  })

  it('renews for the same run under the same token', async () => {
    const place = await twoMachines()
    await enqueue(place, 'task-1')
    await verb(place.a, 'claim', '--run-id', 'r1', '--ttl', '60')
    const { json } = await verb(place.a, 'claim', 'task-1', '--run-id', 'r1', '--ttl', '600')
    expect(json).toMatchObject({ renewed: true, token: 1 })
    expect((await place.stored()).find(({ kind }) => kind === 'claim')?.expiresAt).toBe(json.expires_at)
  })

  it('gives the same lease again to a run whose file could not be written', async () => {
    const place = await twoMachines()
    await enqueue(place, 'task-1')
    const claim = path.join(place.a.coordination, 'claims/task-1.json')
    fs.mkdirSync(path.join(claim, 'in the way'), { recursive: true })
    expect((await verb(place.a, 'claim', '--run-id', 'r1')).exitCode).toBe(1)
    fs.rmSync(claim, { recursive: true })
    expect((await verb(place.b, 'claim', '--run-id', 'r2')).exitCode).toBe(4)
    expect((await verb(place.a, 'claim', 'task-1', '--run-id', 'r1')).json).toMatchObject({
      task_id: 'task-1',
      token: 1,
    })
  })

  it('frees a lapsed lease by the clock of the hub alone', async () => {
    const clock = new StandingClock(Date.now())
    const place = await twoMachines(clock)
    await enqueue(place, 'task-1')
    await verb(place.a, 'claim', '--run-id', 'r1', '--ttl', '5')
    // By the clock of this machine the lease has not ended, so the task shows as held; the hub knows better.
    clock.move(20)
    const taken = await place.b.push({ kinds: [] })
    expect(taken.failed).toBe(false)
    fs.rmSync(path.join(place.b.coordination, 'remote', 'claim'), { recursive: true, force: true })
    expect((await verb(place.b, 'claim', 'task-1', '--run-id', 'r2', '--ttl', '3600')).json).toMatchObject({ token: 2 })
    expect(await verb(place.a, 'complete', 'task-1', '--run-id', 'r1')).toMatchObject({
      exitCode: 7,
      json: { error: expect.stringContaining('r2 holds it') },
    })
  })

  it('is granted until a time by the clock of the hub when that of the machine is behind', async () => {
    const clock = new StandingClock(Date.now() + 20_000)
    const place = await twoMachines(clock)
    await enqueue(place, 'task-1')
    const { json } = await verb(place.a, 'claim', '--run-id', 'r1', '--ttl', '5')
    expect(json).toMatchObject({ token: 1 })
    expect(Date.parse(json.expires_at)).toBeGreaterThan(clock.now())
  })

  it('frees what is given back at once, although the clock of the machine is ahead of the hub’s', async () => {
    const clock = new StandingClock(Date.now() - 25_000)
    const place = await twoMachines(clock)
    await enqueue(place, 'task-1')
    await verb(place.a, 'claim', '--run-id', 'r1')
    await verb(place.a, 'fail-task', 'task-1', '--run-id', 'r1', '--retry')
    expect((await verb(place.b, 'claim', '--run-id', 'r2')).json).toMatchObject({ task_id: 'task-1', token: 2 })
  })

  it('works against a plain hub, which numbers no leases', async () => {
    const hub = await startFaultyHub()
    hub.behave((request, response) =>
      request.method === 'POST'
        ? takeEverything(request, response)
        : answer(200, { records: [], cursor: 0 })(request, response),
    )
    const machine = await createMachine({ hub: hub.url })
    await verb(machine, 'enqueue', 'task', '--id', 'task-1')
    expect((await verb(machine, 'claim', '--run-id', 'r1')).json).toMatchObject({ task_id: 'task-1', token: null })
    await verb(machine, 'enqueue', 'task', '--id', 'task-2')
    hub.behave((request, response) =>
      answer(200, request.method === 'POST' ? { inserted: 0, skipped: 1 } : { records: [], cursor: 0 })(
        request,
        response,
      ),
    )
    expect((await verb(machine, 'claim', '--run-id', 'r2')).exitCode).toBe(4)
  })

  it('takes no word of a hub for a time that is none', async () => {
    const holder = { run_id: 'r9', token: 1, expires_at: 'soon' }
    const conflicts = [{ kind: 'claim', record_id: 'task-1', reason: 'held', holder }]
    const refusal = answer(200, { inserted: 0, skipped: 0, conflicts })
    const hub = await startFaultyHub((request, response) =>
      request.method === 'POST'
        ? refusal(request, response)
        : answer(200, { records: [], cursor: 0 })(request, response),
    )
    const machine = await createMachine({ hub: hub.url })
    await verb(machine, 'enqueue', 'task', '--id', 'task-1')
    const { exitCode, json } = await verb(machine, 'claim', 'task-1', '--run-id', 'r1')
    expect(exitCode).toBe(1)
    expect(json).toMatchObject({ status: 'hub_error', error: expect.stringContaining('expires_at') })
  })
})

describe('a hub that is out of reach', () => {
  it('makes claim and complete an error with the cure, and nothing is claimed', async () => {
    const place = await twoMachines()
    await enqueue(place, 'task-1')
    await verb(place.a, 'claim', '--run-id', 'r1')
    await enqueue(place, 'task-2')
    place.proxy.behave(answer(500, { detail: 'broken', status: 'internal' }))
    for (const argv of [['claim'], ['claim', 'task-2'], ['complete', 'task-1']]) {
      const ending = await verb(place.a, ...argv, '--run-id', 'r1')
      expect(ending).toMatchObject({
        exitCode: 1,
        json: { status: 'hub_error', hint: expect.stringContaining('--offline') },
      })
    }
    expect(fs.existsSync(claimFile(place.a, 'task-2'))).toBe(false)
    const unchanged = JSON.parse(fs.readFileSync(claimFile(place.a, 'task-1'), 'utf8'))
    expect(unchanged.status).toBe('claimed')
  })

  it('is no reason for a silent local claim when the settings are incomplete or nobody can sign', async () => {
    const machine = await createMachine({ hub: 'http://127.0.0.1:9', signer: null })
    await verb(machine, 'enqueue', 'task', '--id', 'task-1')
    expect((await verb(machine, 'claim', '--run-id', 'r1')).json.status).toBe('no_identity')
    fs.writeFileSync(path.join(machine.root, '.muse', 'config.toml'), '[hub]\nurl = "http://127.0.0.1:9"\n')
    expect((await verb(machine, 'claim', '--run-id', 'r1')).json.error).toContain('--owner')
    expect(fs.existsSync(claimFile(machine, 'task-1'))).toBe(false)
  })

  it('loses no answer: a claim that the hub granted before the connection broke is the run’s', async () => {
    const place = await twoMachines()
    await enqueue(place, 'task-1')
    const pass = passOnTo(place.hub.url)
    const cut: Behaviour = (request, response) =>
      new Promise<void>((resolve) => {
        // The hub decides; its answer never arrives.
        const decided = () => {
          response.destroy()
          resolve()
        }
        void keepAnswersOf(place.hub.url, decided)(request, response)
      })
    let posts = 0
    place.proxy.behave((request, response) =>
      request.method === 'POST' && posts++ === 0 ? cut(request, response) : pass(request, response),
    )
    expect((await verb(place.a, 'claim', '--run-id', 'r1')).json).toMatchObject({ task_id: 'task-1', token: 1 })
  })
})

describe('--offline', () => {
  it('claims provisionally and says so; a push confirms it and brings the token', async () => {
    const place = await twoMachines()
    await enqueue(place, 'task-1')
    const requests = place.proxy.requests.length
    const { json } = await verb(place.a, 'claim', '--run-id', 'r1', '--offline')
    expect(json).toMatchObject({ task_id: 'task-1', provisional: true, token: null, space: null })
    expect(place.proxy.requests).toHaveLength(requests)
    expect((await runCli(place.a, ['claim', 'task-1', '--run-id', 'r1', '--offline'])).stdout).toContain('provisional')
    expect(await place.a.push()).toMatchObject({ lost: [], leases: [{ recordId: 'task-1', token: 1 }] })
    expect((await verb(place.a, 'complete', 'task-1', '--run-id', 'r1')).json.provisional).toBe(false)
  })

  it('is found lost by a push that names it, and every verb of that run on that task says 7 and what to do', async () => {
    const place = await twoMachines()
    await enqueue(place, 'task-1', 'task-2')
    await verb(place.a, 'claim', 'task-1', '--run-id', 'r1', '--offline')
    await verb(place.b, 'claim', 'task-1', '--run-id', 'r2')
    const push = await runCli(place.a, ['sync', 'push'])
    expect(push.exitCode).toBe(7)
    expect(push.stderr).toContain('the run r1 has lost claim/task-1')
    expect(fs.existsSync(claimFile(place.a, 'task-1'))).toBe(false)
    for (const argv of [
      ['claim', 'task-1'],
      ['claim', 'task-1', '--offline'],
      ['complete', 'task-1'],
      ['complete', 'task-1', '--offline'],
      ['fail-task', 'task-1'],
      ['fail-task', 'task-1', '--retry', '--offline'],
      ['run', '--task', 'task-1', '--', 'true'],
    ]) {
      const end = argv.indexOf('--')
      const flags = ['--run-id', 'r1', '--json']
      const line = end === -1 ? [...argv, ...flags] : [...argv.slice(0, end), ...flags, ...argv.slice(end)]
      const ended = await runCli(place.a, line)
      expect([line.join(' '), ended.exitCode]).toEqual([line.join(' '), 7])
      expect(documentOf(ended)).toMatchObject({
        status: 'lease_lost',
        error: expect.stringMatching(/r1 has lost the task task-1.*r2 holds it/),
        hint: expect.stringContaining('Stop'),
      })
    }
    // Other runs, and the same run elsewhere, go on; and the next push has nothing to say.
    expect((await verb(place.a, 'claim', '--run-id', 'r1')).json.task_id).toBe('task-2')
    expect((await verb(place.b, 'complete', 'task-1', '--run-id', 'r2')).exitCode).toBe(0)
    expect(await place.a.push()).toMatchObject({ conflicts: [], lost: [] })
  })

  it('lets a run have again what it lost, once it is free', async () => {
    const place = await twoMachines()
    await enqueue(place, 'task-1')
    await verb(place.a, 'claim', '--run-id', 'r1', '--offline')
    await verb(place.b, 'claim', 'task-1', '--run-id', 'r2')
    await place.a.push()
    await verb(place.b, 'fail-task', 'task-1', '--run-id', 'r2', '--retry')
    expect((await verb(place.a, 'claim', 'task-1', '--run-id', 'r1')).json).toMatchObject({
      token: 2,
      provisional: false,
    })
    expect((await verb(place.a, 'complete', 'task-1', '--run-id', 'r1')).exitCode).toBe(0)
  })

  it('finds a completion lost that came too late, and keeps what the run had written', async () => {
    const place = await twoMachines()
    await enqueue(place, 'task-1')
    await verb(place.a, 'claim', '--run-id', 'r1', '--offline')
    await verb(place.a, 'complete', 'task-1', '--run-id', 'r1', '--offline', '--result', '"mine"')
    await verb(place.b, 'claim', 'task-1', '--run-id', 'r2')
    expect(await place.a.push()).toMatchObject({
      lost: [{ kind: 'claim', recordId: 'task-1', runId: 'r1', holder: { runId: 'r2' } }],
    })
    const notes = path.join(place.a.coordination, '.order', 'leases', 'claim')
    const [note = ''] = fs.readdirSync(notes)
    expect(JSON.parse(fs.readFileSync(path.join(notes, note), 'utf8'))).toMatchObject({
      state: 'lost',
      payload: { result: 'mine' },
    })
    expect(fs.statSync(path.join(notes, note)).mode & 0o777).toBe(0o600)
  })

  it('forgets no loss when the private state is deleted: a push finds it again', async () => {
    const place = await twoMachines()
    await enqueue(place, 'task-1')
    await verb(place.a, 'claim', '--run-id', 'r1', '--offline')
    await verb(place.b, 'claim', 'task-1', '--run-id', 'r2')
    place.a.forget()
    expect((await place.a.push()).lost).toHaveLength(1)
    expect((await verb(place.a, 'complete', 'task-1', '--run-id', 'r1')).exitCode).toBe(7)
  })
})

describe('words that overtake each other', () => {
  it('do not reopen a finished task: an older copy that a push had read arrives after the end', async () => {
    const place = await twoMachines()
    await enqueue(place, 'task-1')
    await verb(place.a, 'claim', '--run-id', 'r1')
    const claimed = fs.readFileSync(claimFile(place.a, 'task-1'))
    await verb(place.a, 'complete', 'task-1', '--run-id', 'r1')
    const finished = fs.readFileSync(claimFile(place.a, 'task-1'))
    fs.writeFileSync(claimFile(place.a, 'task-1'), claimed)
    expect(await place.a.push()).toMatchObject({ conflicts: [{ reason: 'held' }], lost: [] })
    fs.writeFileSync(claimFile(place.a, 'task-1'), finished)
    expect(await place.a.push()).toMatchObject({ conflicts: [] })
    expect((await verb(place.b, 'claim', '--run-id', 'r2')).exitCode).toBe(4)
  })
})
