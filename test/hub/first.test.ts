import { describe, expect, it } from '@jest/globals'
import { cleanUp } from '../support/clean-up.js'
import { startHub } from '../support/start-hub.js'

const PUSH = '/gabriel/a/coord/push'
const NOW = Date.parse('2026-03-18T12:00:00Z')
const LONG_AGO = '1970-01-01T00:00:00Z'
const END = '2026-03-18T13:00:00Z'

interface Claim {
  kind: 'claim'
  record_id: string
  run_id: string
  payload: object
  expires_at: string
  token?: number | null
  revision?: number
}

function claims(runId: string, ...ids: string[]): Claim[] {
  const payload = { by: runId }
  return ids.map((id) => ({ kind: 'claim', record_id: id, run_id: runId, payload, expires_at: END, token: null }))
}

async function hub() {
  const started = await startHub({ clock: { now: () => NOW } })
  cleanUp(() => started.close())
  const gabriel = await started.register('gabriel')
  const send = async (body: object, at?: number) => {
    const answer = await gabriel.fetch(PUSH, { method: 'POST', body, ...(at !== undefined && { at }) })
    // biome-ignore lint/suspicious/noExplicitAny: a JSON document, whose shape is what the tests look into
    return { status: answer.status, ...((await answer.json()) as any) }
  }
  return { ...started, gabriel, send }
}

describe('a push marked first', () => {
  it('grants the first that is free, and counts those behind it as skipped', async () => {
    const { send } = await hub()
    await send({ records: claims('r1', 'a') })
    expect(await send({ records: claims('r2', 'a', 'b', 'c'), first: true })).toMatchObject({
      ...{ status: 200, inserted: 1, updated: 0, skipped: 1, rejected: [] },
      conflicts: [{ record_id: 'a', reason: 'held', holder: { run_id: 'r1' } }],
      leases: [{ record_id: 'b', token: 1 }],
    })
  })

  it('acts once: captured and played again after the lease was given back, it grants nothing more', async () => {
    const { url, gabriel, send, store } = await hub()
    const body = JSON.stringify({ records: claims('r1', 'a', 'b', 'c'), first: true })
    const authorization = gabriel.authorize(PUSH, { method: 'POST', body })
    const play = () =>
      fetch(url + PUSH, { method: 'POST', body, headers: { authorization, 'content-type': 'application/json' } })
    expect(await (await play()).json()).toMatchObject({ leases: [{ record_id: 'a' }] })
    const [claim] = claims('r1', 'a')
    await send({ records: [{ ...claim, token: 1, revision: 1, expires_at: LONG_AGO }] })

    const replayed = await play()
    expect([replayed.status, await replayed.json()]).toMatchObject([401, { status: 'signature_used' }])
    const space = await store.findSpace('gabriel', 'a')
    const { records } = await store.since(space as NonNullable<typeof space>, { sinceId: 0, limit: 9, kinds: [] })
    expect(records.map(({ recordId }) => recordId)).toEqual(['a'])
    // Signed anew it is another question, and `a` has another token by now.
    const again = await send({ records: claims('r1', 'a', 'b', 'c'), first: true }, NOW / 1000 + 1)
    expect(again).toMatchObject({
      conflicts: [{ record_id: 'a', token: 1, holder: null }],
      leases: [{ record_id: 'b' }],
    })
  })

  it('gives one who asks again, because no answer came, what it was given', async () => {
    const { send } = await hub()
    const body = { records: claims('r1', 'a', 'b', 'c'), first: true }
    const first = await send(body)
    expect(await send(body, NOW / 1000 + 1)).toMatchObject({ inserted: 0, skipped: 3, leases: first.leases })
  })

  it('is one like any other where it is not marked: as clients send it that know of no mark', async () => {
    const { send } = await hub()
    expect(await send({ records: claims('r1', 'a', 'b') })).toMatchObject({ inserted: 2, leases: [{}, {}] })
    const { token: _, ...plain } = claims('r2', 'c')[0] as Claim
    expect(await send({ records: [plain] })).toMatchObject({ inserted: 1, leases: [{ record_id: 'c', token: 1 }] })
    expect(await send({ records: claims('r2', 'd'), first: 'yes' })).toMatchObject({ status: 'bad_args' })
  })
})

describe('what a hub announces', () => {
  it('stands at its root, in the answer to a push and at the end of a page', async () => {
    const { url, gabriel, send } = await hub()
    const root = await fetch(url)
    expect([root.status, await root.json()]).toMatchObject([200, { name: 'muse-coord hub', features: ['first'] }])
    expect(await send({ records: [] })).toMatchObject({ features: ['first'] })
    expect(await (await gabriel.fetch('/gabriel/a/coord/pull')).json()).toMatchObject({ features: ['first'] })
  })
})
