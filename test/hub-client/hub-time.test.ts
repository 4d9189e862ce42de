import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import type { Identity } from '../../src/auth/identity-file.js'
import { pull, type WatchEvent, watch } from '../../src/index.js'
import { openSession } from '../../src/open-session.js'
import { answer, type Behaviour, inTurn, startFaultyHub } from '../support/faulty-hub.js'
import { startHubBehindProxy } from '../support/hub-behind-proxy.js'
import { createMachine } from '../support/machine.js'

const HUBS_NOW = Date.parse('2031-05-05T05:05:05Z')
const hubsClock = { now: () => HUBS_NOW }
const HOUR = 3600 * 1000

/** A session whose clock is off, and who it signs as. */
async function sessionAt(hub: string, now: number, signer?: { handle: string; privateKey: Identity['privateKey'] }) {
  const { root } = await createMachine({ hub })
  const { privateKey } = generateKeyPairSync('ed25519')
  const identity = { host: '', type: 'agent', fingerprint: '', keyPath: '', handle: 'gabriel', privateKey } as const
  return openSession({ directory: root, env: {}, clock: { now: () => now }, identity: { ...identity, ...signer } })
}

const refuses = (now: unknown): Behaviour => answer(401, { detail: 'Too old.', status: 'unauthorized', now })
const nothing = answer(200, { records: [], cursor: 0 })

describe('a machine whose clock is wrong', () => {
  it.each([-5 * HOUR, 5 * HOUR])('signs by the time of the hub, from the second request on (%d ms)', async (offset) => {
    const { hub, proxy, url } = await startHubBehindProxy({ clock: hubsClock })
    const gabriel = await hub.register('gabriel')
    await hub.store.createSpace('gabriel', 'muse')
    const session = await sessionAt(url, HUBS_NOW + offset, gabriel)
    expect(await pull(session)).toMatchObject({ count: 0 })
    expect(proxy.requests).toHaveLength(2)
    await pull(session)
    expect(proxy.requests).toHaveLength(3)
  })

  it('is heard by the stream of the hub as well', async () => {
    const { hub, url } = await startHubBehindProxy({ clock: hubsClock })
    const gabriel = await hub.register('gabriel')
    await hub.store.createSpace('gabriel', 'muse')
    const stop = new AbortController()
    const session = (await sessionAt(url, HUBS_NOW - HOUR, gabriel)).with({ signal: stop.signal })
    const connected = new Promise<void>((resolve) => {
      const onEvent = ({ event }: WatchEvent) => event === 'connected' && resolve()
      watch(session, { onEvent }).catch(() => {})
    })
    await connected
    stop.abort()
  })
})

describe('a hub that refuses a signature and says its time', () => {
  it('is asked once more and no oftener, whatever it says', async () => {
    let hubsNow = HUBS_NOW
    const hub = await startFaultyHub((request, response) => {
      hubsNow += HOUR
      return refuses(new Date(hubsNow).toISOString())(request, response)
    })
    const session = await sessionAt(hub.url, HUBS_NOW)
    await expect(pull(session)).rejects.toMatchObject({ code: 'HUB_DENIED' })
    expect(hub.requests).toHaveLength(2)
  })

  it.each([
    ['a time that is more than a day away', new Date(HUBS_NOW + 25 * HOUR).toISOString()],
    ['a time that is as good as ours', new Date(HUBS_NOW + 2000).toISOString()],
    ['no time', 'soon'],
    ['a number', HUBS_NOW + HOUR],
    ['nothing', undefined],
  ])('is not asked again for %s', async (_, now) => {
    const hub = await startFaultyHub(inTurn(refuses(now), nothing))
    const session = await sessionAt(hub.url, HUBS_NOW)
    await expect(pull(session)).rejects.toMatchObject({ code: 'HUB_DENIED' })
    expect(hub.requests).toHaveLength(1)
  })

  it('has no say in how another hub is asked', async () => {
    const [wrong, right] = [
      await startFaultyHub(inTurn(refuses(new Date(HUBS_NOW + HOUR).toISOString()), nothing)),
      await startFaultyHub(nothing),
    ]
    const session = await sessionAt(wrong.url, HUBS_NOW)
    await pull(session)
    await pull(session.with({ hub: right.url }))
    expect(wrong.requests[1]?.headers.authorization).toContain(` ts=${(HUBS_NOW + HOUR) / 1000} `)
    expect(right.requests[0]?.headers.authorization).toContain(` ts=${HUBS_NOW / 1000} `)
  })
})
