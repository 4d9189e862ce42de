import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { revokeIdentity } from '../../src/hub/revoke-identity.js'
import type { ChangeListener } from '../../src/hub/stores/record-store.js'
import type { Store } from '../../src/hub/stores/store.js'
import type { StartOptions } from '../support/start-hub.js'
import { type Signer, type StartedHub, startHub } from '../support/start-hub.js'
import { sentRecord } from './records.js'
import { watch } from './watch-reader.js'

describe('watch', () => {
  let hub: StartedHub
  let gabriel: Signer
  const started: StartedHub[] = []

  async function start(options: StartOptions = {}): Promise<[StartedHub, Signer]> {
    const another = await startHub(options)
    started.push(another)
    const signer = await another.register('gabriel')
    await push(signer, 'a', 'first')
    return [another, signer]
  }

  beforeAll(async () => {
    ;[hub, gabriel] = await start()
  })
  afterAll(async () => {
    await Promise.all(started.map((each) => each.close()))
  })

  async function push(signer: Signer, slug: string, ...ids: string[]) {
    const body = { records: ids.map((id) => sentRecord(id)) }
    const answer = await signer.fetch(`/${'gabriel'}/${slug}/coord/push`, { method: 'POST', body })
    return (await answer.json()) as { cursor: number }
  }

  it('says at once where the space ends, and again when it grows', async () => {
    const reader = await watch(gabriel, '/gabriel/a/coord/watch')
    expect(reader.status).toBe(200)
    expect(reader.headers.get('content-type')).toContain('text/event-stream')
    expect(await reader.until(/id: 1\n/)).toBe(
      `retry: 1000\n\nevent: cursor\nid: 1\ndata: {"cursor":1,"epoch":"${hub.store.epoch}"}\n\n`,
    )
    const { cursor } = await push(gabriel, 'a', 'second', 'third')
    expect(await reader.until(/id: 3\n/)).toContain(`"cursor":${cursor}`)
    reader.close()
  })

  it('says nothing to a reader who has everything, until there is more', async () => {
    const [, signer] = await start({ limits: { streamCommentSeconds: 0.05 } })
    const reader = await watch(signer, '/gabriel/a/coord/watch?since_id=1')
    expect(await reader.until(/still here/)).not.toContain('event')
    await push(signer, 'a', 'more')
    expect(await reader.until(/id: 2\n/)).toContain('event: cursor')
    reader.close()
  })

  it('is not cut for standing still between two comments', async () => {
    const [, signer] = await start({ limits: { streamCommentSeconds: 4, stillSeconds: 2 } })
    const reader = await watch(signer, '/gabriel/a/coord/watch?since_id=1')
    expect(await reader.until(/still here/)).toContain('still here')
    reader.close()
  })

  it('resumes by Last-Event-ID, which goes before since_id', async () => {
    const [, signer] = await start()
    await push(signer, 'a', 'b', 'c')
    const reader = await watch(signer, '/gabriel/a/coord/watch?since_id=0', { 'last-event-id': '2' })
    const text = await reader.until(/id: 3\n/)
    expect(text.match(/event: cursor/g)).toHaveLength(1)
    reader.close()
  })

  it('says nothing of a push that changed nothing, nor of another space', async () => {
    const [, signer] = await start({ limits: { streamCommentSeconds: 0.05 } })
    const reader = await watch(signer, '/gabriel/a/coord/watch?since_id=1')
    await push(signer, 'a', 'first')
    await push(signer, 'b', 'elsewhere')
    expect(await reader.until(/(still here\n\n.*){2}/s)).not.toContain('event')
    reader.close()
  })

  it('lets a pull that follows the event find the record', async () => {
    const [, signer] = await start()
    const reader = await watch(signer, '/gabriel/a/coord/watch?since_id=1')
    for (let id = 2; id < 30; id++) {
      const pushed = push(signer, 'a', `n${id}`)
      await reader.until(new RegExp(`id: ${id}\n`))
      const page = await signer.fetch(`/gabriel/a/coord/pull?since_id=${id - 1}`)
      expect(((await page.json()) as { records: unknown[] }).records).toHaveLength(1)
      await pushed
    }
    reader.close()
  })

  it.each([
    ['a cursor beyond the end', '?since_id=99', {}, 409],
    ['a Last-Event-ID beyond the end', '', { 'last-event-id': '99' }, 409],
    ['a Last-Event-ID that is none', '', { 'last-event-id': 'x' }, 400],
    ['a since_id that is none', '?since_id=x', {}, 400],
  ])('refuses %s', async (_, query, headers, status) => {
    const reader = await watch(gabriel, `/gabriel/a/coord/watch${query}`, headers as Record<string, string>)
    expect(reader.status).toBe(status)
    expect(JSON.parse(await reader.rest())).toEqual({ detail: expect.any(String), status: expect.any(String) })
  })

  it('is hidden like a pull', async () => {
    const ada = await hub.register('ada')
    expect((await watch(ada, '/gabriel/a/coord/watch')).status).toBe(404)
    expect((await fetch(`${hub.url}/gabriel/a/coord/watch`)).status).toBe(404)
  })

  it('ends for a reader who is no member any more, before the next comment is due', async () => {
    const [other, signer] = await start({ limits: { streamCommentSeconds: 3600 } })
    const ada = await other.register('ada')
    const member = '/api/repos/gabriel/a/members/ada'
    await signer.fetch(member, { method: 'PUT', body: { role: 'read' } })
    const reader = await watch(ada, '/gabriel/a/coord/watch')
    await reader.until(/id: 1\n/)
    await signer.fetch(member, { method: 'DELETE' })
    await reader.rest()
  })

  it.each([
    ['before the next comment is due where that is noted, by whichever process', 3600, { handle: '', at: 0 }],
    ['with the next comment where it is not', 0.05, undefined],
  ])('ends for a reader whose key was revoked, %s', async (_, streamCommentSeconds, by) => {
    const [other, signer] = await start({ limits: { streamCommentSeconds } })
    const reader = await watch(signer, '/gabriel/a/coord/watch')
    await reader.until(/id: 1\n/)
    await revokeIdentity(other.store, 'gabriel', { ...(by && { by }) })
    await reader.rest()
  })

  it('goes on for those who may still read when somebody else is taken out', async () => {
    const [other, signer] = await start({ limits: { streamCommentSeconds: 3600 } })
    const ada = await other.register('ada')
    const member = '/api/repos/gabriel/a/members/ada'
    await signer.fetch(member, { method: 'PUT', body: { role: 'read' } })
    const [leaving, staying] = [
      await watch(ada, '/gabriel/a/coord/watch'),
      await watch(signer, '/gabriel/a/coord/watch'),
    ]
    await signer.fetch(member, { method: 'DELETE' })
    await leaving.rest()
    await signer.fetch('/gabriel/a/coord/push', { method: 'POST', body: { records: [sentRecord('later')] } })
    await staying.until(/id: 2\n/)
  })

  it('is bounded in all, for one address and for one handle', async () => {
    for (const [limits, where] of [
      [{ streams: 2 }, 'on this hub'],
      [{ streamsPerAddress: 2 }, 'from this address'],
      [{ streamsPerHandle: 2 }, 'of gabriel'],
    ] as const) {
      const [, signer] = await start({ limits })
      const readers = [
        await watch(signer, '/gabriel/a/coord/watch'),
        await watch(signer, '/gabriel/a/coord/watch?since_id=1'),
      ]
      const refused = await watch(signer, '/gabriel/a/coord/watch')
      expect(refused.status).toBe(429)
      expect(refused.headers.get('retry-after')).toBe('10')
      expect(await refused.rest()).toContain(where)
      readers[0]?.close()
      await sleep(50)
      const next = await watch(signer, '/gabriel/a/coord/watch')
      expect(next.status).toBe(200)
      next.close()
      readers[1]?.close()
    }
  })

  it('counts the addresses of one IPv6 network as one', async () => {
    const [, signer] = await start({ limits: { streamsPerAddress: 1 }, trustedProxies: ['127.0.0.1'] })
    const path = '/gabriel/a/coord/watch'
    const from = (address: string) =>
      fetch(signer.url + path, { headers: { authorization: signer.authorize(path), 'x-forwarded-for': address } })
    const readers = [await from('2001:db8:1:2::1'), await from('2001:db8:1:2::2'), await from('2001:db8:1:3::1')]
    expect(readers.map(({ status }) => status)).toEqual([200, 429, 200])
    for (const reader of readers) await reader.body?.cancel()
  })

  it('leaves half of its streams to those who sign', async () => {
    const [other, signer] = await start({ limits: { streams: 4 } })
    await signer.fetch('/api/repos/gabriel/a', { method: 'PUT', body: { visibility: 'public' } })
    const path = '/gabriel/a/coord/watch'
    const anonymous = () => fetch(other.url + path)
    const readers = [await anonymous(), await anonymous()]
    const refused = await anonymous()
    expect([refused.status, await refused.text()]).toEqual([429, expect.stringContaining('without a signature')])
    const signed = await watch(signer, path)
    expect(signed.status).toBe(200)
    signed.close()
    for (const reader of readers) await reader.body?.cancel()
  })

  it('ends gracefully when the hub goes down, with readers connected', async () => {
    // A hub that waited for its readers would outlast the test's time by far.
    const another = await startHub({ limits: { drainSeconds: 600 } })
    const signer = await another.register('gabriel')
    await push(signer, 'a', 'first')
    const reader = await watch(signer, '/gabriel/a/coord/watch')
    await reader.until(/id: 1\n/)
    await Promise.all([another.close(), reader.rest()])
  })

  it('hears of commits of other hubs through the store, and looks itself after a gap', async () => {
    let listener: ChangeListener | undefined
    let stopped = false
    const [first] = await start()
    // A store that tells of commits elsewhere, as one that several processes share does.
    const telling: Store = new Proxy(first.store, {
      get(store, name) {
        if (name === 'listen') {
          return async (given: ChangeListener) => {
            listener = given
            return async () => {
              stopped = true
            }
          }
        }
        const value = Reflect.get(store, name, store) as unknown
        return typeof value === 'function' ? value.bind(store) : value
      },
    })
    const second = await startHub({ store: telling })
    const ada = await second.register('ada')
    await second.store.setMember((await second.store.findSpace('gabriel', 'a')) as never, 'ada', 'read')
    const reader = await watch(ada, '/gabriel/a/coord/watch?since_id=1')
    const space = await first.store.findSpace('gabriel', 'a')
    listener?.changed(space?.id ?? 0, 7)
    await reader.until(/id: 7\n/)
    await first.store.push(space as never, {
      author: 'gabriel',
      records: Array.from({ length: 9 }, (_, index) => ({
        kind: 'task',
        recordId: `t${index}`,
        runId: '',
        payloadJson: '{}',
        expiresAt: null,
      })),
      rules: new Map(),
    })
    listener?.gap()
    await reader.until(/id: 10\n/)
    reader.close()
    await second.close()
    expect(stopped).toBe(true)
  })

  it('reaches a reader with no more delay than a push has', async () => {
    const [, signer] = await start()
    const reader = await watch(signer, '/gabriel/a/coord/watch?since_id=1')
    const pushes: number[] = []
    const delays: number[] = []
    for (let id = 2; id < 42; id++) {
      const sentAt = performance.now()
      const heard = reader.until(new RegExp(`id: ${id}\n`)).then(() => performance.now())
      const answeredAt = await push(signer, 'a', `n${id}`).then(() => performance.now())
      pushes.push(answeredAt - sentAt)
      delays.push((await heard) - answeredAt)
    }
    reader.close()
    // A busy machine slows both; packets that are held back, or a hub that looks now and then, would cost several pushes.
    expect(median(delays)).toBeLessThan(3 * median(pushes))
  })
})

function median(numbers: readonly number[]): number {
  return [...numbers].sort((one, other) => one - other)[numbers.length >> 1] as number
}
