import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { openStore } from '../../src/hub/stores/open-store.js'
import type { Store } from '../../src/hub/stores/store.js'
import { countRoundTrips } from '../support/count-round-trips.js'
import { type PostgresServer, startPostgres } from '../support/postgres.js'
import { type Signer, type StartedHub, startHub } from '../support/start-hub.js'
import { sentRecord } from './records.js'

/** How often a hub waits for its database, which may stand in another house: each wait is as long as the way there and back. */
describe('round trips of a hub to its PostgreSQL', () => {
  let postgres: PostgresServer
  let store: Store
  let hub: StartedHub
  let gabriel: Signer
  let ada: Signer
  let ids = 0

  beforeAll(async () => {
    postgres = await startPostgres()
    store = await openStore(postgres.url('trips'))
    hub = await startHub({ store })
    gabriel = await hub.register('gabriel')
    ada = await hub.register('ada')
    await pushed(gabriel, { records: [claim()] })
    await store.setMember(await store.createSpace('gabriel', 'a'), 'ada', 'write')
  }, 60_000)
  afterAll(async () => {
    await hub.close()
    await store.close()
    await postgres.remove()
  })

  function claim(): object {
    return { ...sentRecord(`t${ids++}`, { kind: 'claim', expires_at: '2099-01-01T00:00:00Z' }), token: null }
  }

  /** As this program's clients push: the head names the hash of the body. */
  async function pushed(signer: Signer, value: object): Promise<Record<string, unknown>> {
    const body = JSON.stringify(value)
    const headers = { 'content-digest': `sha-256=:${createHash('sha256').update(body).digest('base64')}:` }
    const answer = await signer.fetch('/gabriel/a/coord/push', { method: 'POST', body, headers })
    const told = (await answer.json()) as Record<string, unknown>
    expect([answer.status, told.inserted]).toEqual([200, 1])
    return told
  }

  it.each([
    ['the owner', () => gabriel],
    ['a member', () => ada],
  ])('are three for a claim of %s: who may, what stands, and the write', async (_, signer) => {
    expect(await countRoundTrips(() => pushed(signer(), { records: [claim()] }))).toBe(3)
  })

  it('are three for the first of several that is free, by who tells what was seen of the space', async () => {
    const { position } = await pushed(ada, { records: [claim()] })
    const push = { records: [claim(), claim()], first: true, seen: [position] }
    let told = {}
    expect(await countRoundTrips(async () => (told = await pushed(ada, push)))).toBe(3)
    expect(told).toMatchObject({ follows: true })
  })

  it.each([
    ['the owner', () => gabriel],
    ['a member', () => ada],
  ])('are two for a page of %s: who may, and the page', async (_, signer) => {
    const pulled = async (query: string) => (await signer().fetch(`/gabriel/a/coord/pull${query}`)).json()
    const page = (await pulled('')) as { position: string }
    let told: unknown
    const pull = async () => {
      told = await pulled(`?seen=${page.position}`)
    }
    expect(await countRoundTrips(pull)).toBe(2)
    expect(told).toEqual({ ...page, now: expect.any(String), follows: true })
  })
})
