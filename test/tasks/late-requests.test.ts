import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import type { Space } from '../../src/hub/stores/space-directory.js'
import { type Behaviour, passOnTo, type SeenRequest } from '../support/faulty-hub.js'
import type { Machine } from '../support/machine.js'
import { documentOf, runCli } from '../support/run-cli.js'
import { createSwarm, type Swarm } from '../support/swarm.js'
import { StandingClock } from '../workspace/workspace-at.js'

interface Place extends Swarm {
  readonly a: Machine
  readonly b: Machine
  /** The hub's. */
  readonly clock: StandingClock
}

/**
 * Two machines, a task that both know, and a hub whose clock goes on when it is moved.
 *
 * @param author of both; gabriel owns the space
 */
async function openPlace(author = 'gabriel'): Promise<Place> {
  const clock = new StandingClock(Date.now())
  const swarm = await createSwarm({ clock })
  const { hub } = swarm
  const owner = await swarm.machine()
  await verb(owner, 'enqueue', 'task-1', '--id', 'task-1')
  await owner.push()
  if (author === 'gabriel') return { ...swarm, clock, a: owner, b: await swarm.machine() }
  const signer = await hub.register(author)
  const space = await hub.store.findSpace('gabriel', 'muse')
  await hub.store.setMember(space as Space, author, 'write')
  return { ...swarm, clock, a: await swarm.machine({ signer }), b: await swarm.machine({ signer }) }
}

async function verb(machine: Machine, ...argv: string[]) {
  const ended = await runCli(machine, [...argv, '--json'])
  // biome-ignore lint/suspicious/noExplicitAny: a JSON document, whose shape is what the tests look into
  const json: any = documentOf(ended)
  return { exitCode: ended.exitCode, json }
}

const claim = (machine: Machine, run: string, ttl: number, ...more: string[]) =>
  verb(machine, 'claim', 'task-1', '--run-id', run, '--ttl', String(ttl), ...more)

async function standing({ stored }: Place) {
  const found = (await stored()).find(({ kind }) => kind === 'claim')
  return { runId: found?.runId, token: found?.token, expiresAt: found?.expiresAt }
}

function asksForClaim({ method, body }: SeenRequest): boolean {
  return method === 'POST' && body.includes('"kind":"claim"')
}

/** The next push with a claim is kept on its way until it is let go; everything else passes at once. */
function holdNext({ proxy, hub }: Place): { readonly isHeld: Promise<void>; letGo(): void } {
  let letGo = () => {}
  const isOver = new Promise<void>((resolve) => {
    letGo = resolve
  })
  const pass = passOnTo(hub.url)
  const isHeld = new Promise<void>((resolve) => {
    let isNext = true
    proxy.behave(async (request, response) => {
      if (isNext && asksForClaim(request)) {
        isNext = false
        resolve()
        await isOver
      }
      return pass(request, response)
    })
  })
  return { isHeld, letGo: () => letGo() }
}

/** The answer to the next push with a claim is kept until something else has happened. */
function answerLate({ proxy, hub }: Place, meanwhile: () => Promise<unknown>): void {
  const pass = passOnTo(hub.url)
  let isNext = true
  const late: Behaviour = async (request, response) => {
    if (!isNext || !asksForClaim(request)) return pass(request, response)
    isNext = false
    const { url } = hub
    const answer = await fetch(url + request.target, {
      method: request.method,
      headers: request.headers as Record<string, string>,
      body: request.body.toString('utf8'),
    })
    const text = await answer.text()
    await meanwhile()
    response.writeHead(answer.status, { 'content-type': 'application/json' })
    response.end(text)
  }
  proxy.behave(late)
}

/** Sends a request once more, as a proxy may do. */
async function playAgain({ hub }: Place, { method, target, headers, body }: SeenRequest) {
  const answer = await fetch(hub.url + target, {
    method,
    headers: headers as Record<string, string>,
    body: body.toString('utf8'),
  })
  return { status: answer.status, answer: (await answer.json()) as Record<string, unknown> }
}

const claimsIn = ({ proxy }: Place) => proxy.requests.filter(asksForClaim)

describe('a push that slept between reading a claim and sending it', () => {
  it('shortens no lease that was renewed meanwhile, and reports no loss', async () => {
    const place = await openPlace()
    await claim(place.a, 'r1', 5, '--offline')
    const { isHeld, letGo } = holdNext(place)
    const slow = place.a.push()
    await isHeld
    const renewed = await claim(place.a, 'r1', 600)
    expect(renewed).toMatchObject({ exitCode: 0, json: { token: 1 } })
    letGo()
    expect(await slow).toMatchObject({ updated: 0, lost: [], failed: false })
    expect(await standing(place)).toEqual({ runId: 'r1', token: 1, expiresAt: renewed.json.expires_at })
    place.clock.move(20)
    expect((await claim(place.b, 'thief', 60)).exitCode).toBe(6)
    expect((await claim(place.a, 'r1', 600)).json).toMatchObject({ token: 1, renewed: true })
  })

  it('takes nothing again for a run that has lost it, also where it is free, and reports the loss', async () => {
    const place = await openPlace()
    await claim(place.a, 'r1', 5)
    await claim(place.a, 'r1', 600, '--offline')
    const { isHeld, letGo } = holdNext(place)
    const slow = place.a.push()
    await isHeld
    place.clock.move(20)
    expect((await claim(place.b, 'r2', 60)).json).toMatchObject({ token: 2 })
    expect((await verb(place.b, 'fail-task', 'task-1', '--run-id', 'r2', '--retry')).exitCode).toBe(0)
    letGo()
    expect(await slow).toMatchObject({ inserted: 0, updated: 0, lost: [{ recordId: 'task-1', runId: 'r1' }] })
    expect(await standing(place)).toMatchObject({ runId: 'r2', token: 2 })
    expect((await verb(place.a, 'complete', 'task-1', '--run-id', 'r1')).exitCode).toBe(7)
    // Somebody waits for this verb, so it asks again, with the token that it is told.
    expect((await claim(place.a, 'r1', 60)).json).toMatchObject({ token: 3 })
  })
})

describe('a claim that slept between being written and being sent', () => {
  it('shortens no lease that another process of its run has claimed for longer meanwhile', async () => {
    const place = await openPlace()
    await claim(place.a, 'r1', 5, '--offline')
    const { isHeld, letGo } = holdNext(place)
    const slow = claim(place.a, 'r1', 600)
    await isHeld
    const quick = await claim(place.a, 'r1', 600)
    expect(quick).toMatchObject({ exitCode: 0, json: { token: 1 } })
    letGo()
    const woken = await slow
    expect(woken).toMatchObject({ exitCode: 0, json: { token: 1, renewed: true } })
    expect(woken.json.expires_at > quick.json.expires_at).toBe(true)
    expect(await standing(place)).toEqual({ runId: 'r1', token: 1, expiresAt: woken.json.expires_at })
  })
})

describe('a claim that is taken from a run that is late', () => {
  it('is not renewed any more, which its run is told, and it is free at its end', async () => {
    const place = await openPlace('ada')
    const { clock, a, b } = place
    const first = await claim(a, 'r1', 600)
    expect(first).toMatchObject({ exitCode: 0, json: { token: 1 } })
    expect(await claim(b, 'r2', 600, '--take')).toMatchObject({ exitCode: 6 })
    clock.move(420)
    expect(await claim(b, 'r2', 600, '--take')).toMatchObject({ exitCode: 6 })
    expect(await standing(place)).toEqual({ runId: 'r1', token: 1, expiresAt: first.json.expires_at })
    expect((await claim(a, 'r1', 600)).exitCode).toBe(7)
    clock.move(200)
    expect((await claim(b, 'r2', 600)).json).toMatchObject({ run_id: 'r2', token: 2 })
  })
})

describe('requests about leases that come again seconds later', () => {
  it('change nothing: not the first claim, not its renewal, not a return', async () => {
    const place = await openPlace()
    await claim(place.a, 'r1', 5)
    await claim(place.a, 'r1', 600)
    const early = claimsIn(place)
    place.clock.move(4)
    for (const request of early) expect(await playAgain(place, request)).toMatchObject({ status: 200 })
    const { json } = await verb(place.a, 'fail-task', 'task-1', '--run-id', 'r1', '--retry')
    expect(json.status).toBe('returned')
    const again = await claim(place.a, 'r1', 300)
    expect(again.json).toMatchObject({ token: 2, renewed: false })
    for (const request of claimsIn(place).slice(0, -1)) {
      const { answer } = await playAgain(place, request)
      expect(answer).toMatchObject({ inserted: 0, updated: 0, leases: [] })
    }
    expect(await standing(place)).toEqual({ runId: 'r1', token: 2, expiresAt: again.json.expires_at })
    expect((await claim(place.b, 'thief', 60)).exitCode).toBe(6)
  })
})

describe('a claim that slept after it was granted', () => {
  it('is not told that it has the task, which another run has by then', async () => {
    const place = await openPlace()
    answerLate(place, async () => {
      await sleep(4000)
      place.clock.move(15)
      expect((await claim(place.b, 'r2', 60)).json).toMatchObject({ run_id: 'r2', token: 2 })
    })
    place.clock.milliseconds = Date.now()
    const woken = await claim(place.a, 'r1', 1)
    expect([6, 7]).toContain(woken.exitCode)
    expect(woken.json.error).toContain('r2')
    expect(await standing(place)).toMatchObject({ runId: 'r2', token: 2 })
  })

  it('is not shortened by the first text of its run, which a push sends again because `.sync/` was deleted', async () => {
    const place = await openPlace()
    await claim(place.a, 'r1', 5, '--offline')
    const { isHeld, letGo } = holdNext(place)
    const longer = claim(place.a, 'r1', 600)
    await isHeld
    expect(await place.a.push()).toMatchObject({ inserted: 1, lost: [] })
    let again: unknown
    answerLate(place, async () => {
      place.a.forget()
      again = await place.a.push()
    })
    letGo()
    const woken = await longer
    expect(again).toMatchObject({ updated: 0, lost: [], failed: false })
    expect(woken).toMatchObject({ exitCode: 0, json: { token: 1 } })
    expect(await standing(place)).toEqual({ runId: 'r1', token: 1, expiresAt: woken.json.expires_at })
    place.clock.move(20)
    expect((await claim(place.b, 'thief', 60)).exitCode).toBe(6)
  })
})
