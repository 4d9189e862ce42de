import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { openStore } from '../../src/hub/stores/open-store.js'
import type { Store } from '../../src/hub/stores/store.js'
import { cleanUp } from '../support/clean-up.js'
import { type Signer, type StartedHub, type StartOptions, startHub } from '../support/start-hub.js'
import { sentRecord } from './records.js'
import { watch } from './watch-reader.js'

const PATH = '/gabriel/a/coord/watch'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'muse-watch-'))
})
afterAll(() => rm(directory, { recursive: true }))

/** A hub on a store that looks where a space ends only once `look` has resolved, and tells of each look at what was done. */
class SlowHub {
  look: () => Promise<unknown> = async () => undefined
  readonly #acts: (() => void)[] = []

  private constructor(
    readonly hub: StartedHub,
    readonly gabriel: Signer,
  ) {}

  static async start(limits: StartOptions['limits'] = {}): Promise<SlowHub> {
    let slow: SlowHub | null = null
    const store = await openStore(await mkdtemp(join(directory, 'store')))
    cleanUp(() => store.close())
    const methods: Partial<Store> = {
      async since(...query) {
        await slow?.look()
        return store.since(...query)
      },
      async lastAct() {
        const act = await store.lastAct()
        setImmediate(() => slow?.tellOfActs())
        return act
      },
    }
    const proxy = new Proxy(store, {
      get(target, name) {
        const value = Reflect.get(methods, name) ?? Reflect.get(target, name)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
    const hub = await startHub({ store: proxy, limits: { streamCommentSeconds: 3600, ...limits } })
    cleanUp(() => hub.close())
    const gabriel = await hub.register('gabriel')
    await gabriel.fetch('/gabriel/a/coord/push', { method: 'POST', body: { records: [sentRecord('first')] } })
    slow = new SlowHub(hub, gabriel)
    return slow
  }

  tellOfActs(): void {
    for (const told of this.#acts.splice(0)) told()
  }

  /** Resolves when the hub has next seen what was done, and whoever may read no more has been looked for. */
  seenActs(): Promise<void> {
    return new Promise((resolve) => this.#acts.push(resolve))
  }
}

describe('a watch stream that is being opened', () => {
  it('holds nothing for a reader who leaves meanwhile', async () => {
    const slow = await SlowHub.start({ streams: 1 })
    const leave = new AbortController()
    let left: () => void = () => undefined
    const isLeft = new Promise<void>((resolve) => {
      left = resolve
    })
    slow.look = async () => {
      leave.abort()
      await isLeft
    }
    const headers = { authorization: slow.gabriel.authorize(PATH) }
    await expect(fetch(slow.gabriel.url + PATH, { headers, signal: leave.signal })).rejects.toThrow('aborted')
    slow.look = async () => undefined
    let reader = await watch(slow.gabriel, PATH)
    // The hub hears that a connection is gone a moment after it is.
    for (; reader.status !== 200; reader = await watch(slow.gabriel, PATH)) await reader.rest()
    left()
    await reader.until(/id: 1\n/)
    expect(await (await fetch(`${slow.hub.url}/metrics`)).text()).toContain('muse_hub_watch_streams 1\n')
    reader.close()
  })

  it('counts against the bounds from the beginning: those that are asked for at once are not more than those allowed', async () => {
    const slow = await SlowHub.start({ streamsPerHandle: 2 })
    slow.look = () => sleep(100)
    const readers = await Promise.all(Array.from({ length: 6 }, () => watch(slow.gabriel, PATH)))
    expect(readers.map(({ status }) => status).sort()).toEqual([200, 200, 429, 429, 429, 429])
    for (const reader of readers) reader.close()
  })

  it('gives back its place where it comes to nothing', async () => {
    const slow = await SlowHub.start({ streams: 1 })
    for (const [path, headers, status] of [
      [`${PATH}?since_id=99`, {}, 409],
      [PATH, { 'last-event-id': 'none' }, 400],
    ] as const) {
      const refused = await watch(slow.gabriel, path, headers)
      expect(refused.status).toBe(status)
      await refused.rest()
    }
    const reader = await watch(slow.gabriel, PATH)
    expect(reader.status).toBe(200)
    reader.close()
  })

  it('ends for a reader who is taken out meanwhile', async () => {
    const slow = await SlowHub.start()
    const ada = await slow.hub.register('ada')
    const member = '/api/repos/gabriel/a/members/ada'
    await slow.gabriel.fetch(member, { method: 'PUT', body: { role: 'read' } })
    // Somebody reads, so the hub looks for changed rights.
    const other = await watch(slow.gabriel, PATH)
    await other.until(/id: 1\n/)
    slow.look = async () => {
      await slow.gabriel.fetch(member, { method: 'DELETE' })
      await slow.seenActs()
      await slow.seenActs()
    }
    const reader = await watch(ada, PATH)
    expect(await reader.rest()).not.toContain('id: ')
    other.close()
  })

  it('ends when the hub goes down meanwhile', async () => {
    const slow = await SlowHub.start({ drainSeconds: 600 })
    let closing: Promise<void> = Promise.resolve()
    slow.look = async () => {
      closing = slow.hub.close()
      // What the hub does before it waits for those it still serves.
      for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate)
    }
    const reader = await watch(slow.gabriel, PATH)
    await reader.rest()
    await closing
  })
})
