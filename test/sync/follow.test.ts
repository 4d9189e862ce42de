import { describe, expect, it } from '@jest/globals'
import { type FollowEvent, follow } from '../../src/sync/follow.js'
import { followSpace } from '../../src/sync/follow-space.js'
import { type WatchEvent, watch } from '../../src/sync/watch.js'
import { cleanUp } from '../support/clean-up.js'
import { answer, startFaultyHub } from '../support/faulty-hub.js'
import { createMachine } from '../support/machine.js'
import { reservation } from '../support/records.js'
import { createSwarm } from '../support/swarm.js'

async function until(isSo: () => boolean, what: string): Promise<void> {
  const end = performance.now() + 10_000
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`not within 10 s: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

describe('follow', () => {
  it('brings what the others push, and sends nothing', async () => {
    const swarm = await createSwarm()
    const [writer, reader] = [await swarm.machine(), await swarm.machine()]
    reader.write(reservation('own'))
    const stop = new AbortController()
    const events: FollowEvent[] = []
    const ended = follow(reader.session.with({ signal: stop.signal }), { onEvent: (event) => events.push(event) })
    // The owner's first push makes the space.
    await until(() => events.some(({ event }) => event === 'disconnected'), 'the space is not there yet')
    writer.write(reservation('r1'))
    await writer.push()
    await until(() => reader.pulled().includes('reservation/r1'), 'the record')
    stop.abort()
    await ended
    expect(events.map(({ event }) => event)).not.toContain('failed')
    expect((await swarm.stored()).map(({ recordId }) => recordId)).toEqual(['r1'])
  })

  it('makes the space of its owner who watches, before there is anything to send', async () => {
    const swarm = await createSwarm()
    const owner = await swarm.machine()
    const stop = new AbortController()
    const events: WatchEvent[] = []
    const ended = watch(owner.session.with({ signal: stop.signal }), { onEvent: (event) => events.push(event) })
    await until(() => events.some(({ event }) => event === 'connected'), 'the stream')
    stop.abort()
    await ended
    expect(await swarm.hub.store.findSpace('gabriel', 'muse')).not.toBeNull()
    expect(events.map(({ event }) => event)).not.toContain('failed')
  })

  it('tells a program that watches the records that came, in order, a page at a time', async () => {
    const swarm = await createSwarm()
    const [writer, reader] = [await swarm.machine(), await swarm.machine()]
    // One more than a page holds.
    for (let index = 0; index <= 500; index++) writer.write(reservation(`r${index}`))
    await writer.push()
    const stop = new AbortController()
    const pages: string[][] = []
    const onEvent = (event: WatchEvent) => {
      if (event.event === 'pulled') pages.push(event.outcome.records.map(({ recordId }) => recordId))
    }
    const ended = watch(reader.session.with({ signal: stop.signal }), { onEvent })
    await until(() => pages.flat().length === 501, 'all records')
    writer.write(reservation('last'))
    await writer.push()
    await until(() => pages.flat().length === 502, 'the last one')
    stop.abort()
    await ended
    expect(pages.map(({ length }) => length)).toEqual([500, 1, 1])
    expect(pages[2]).toEqual(['last'])
    expect(pages.flat()).toEqual((await swarm.stored()).map(({ recordId }) => recordId))
  })

  it('ends with what waiting cannot cure', async () => {
    const hub = await startFaultyHub(answer(403, { detail: 'Not you.', status: 'forbidden' }))
    const { session } = await createMachine({ hub: hub.url })
    await expect(follow(session, { onEvent: () => {} })).rejects.toMatchObject({ code: 'HUB_DENIED' })
  })
})

describe('a space that is followed while something is waited for', () => {
  it('is left with a note where the hub refuses, without asking again and again', async () => {
    const hub = await startFaultyHub(answer(401, { detail: 'Who?', status: 'unauthorized' }))
    const { session } = await createMachine({ hub: hub.url })
    const notes: string[] = []
    await followSpace(session.with({ onNote: (sentence) => notes.push(sentence) }))
    expect([...new Set(notes)]).toEqual([expect.stringContaining('answered 401: Who?')])
    expect(hub.requests.length).toBeLessThanOrEqual(2)
  })

  it('is noted to be away once, however long it is, and again the next time', async () => {
    const swarm = await createSwarm()
    const machine = await swarm.machine()
    machine.write(reservation('r1'))
    await machine.push()
    const stop = new AbortController()
    const notes: string[] = []
    const ended = followSpace(machine.session.with({ signal: stop.signal, onNote: (sentence) => notes.push(sentence) }))
    cleanUp(() => stop.abort())
    const streams = () => swarm.proxy.requests.filter(({ target }) => target.includes('/watch?')).length
    await until(() => streams() === 1, 'the stream')
    await until(() => machine.pulled().length === 1, 'the record')
    for (const outage of [1, 2]) {
      const [before, asked] = [notes.length, streams()]
      const back = await swarm.proxy.away()
      await until(() => notes.length > before, `the note of outage ${outage}`)
      await new Promise((resolve) => setTimeout(resolve, 2500))
      expect(new Set(notes.slice(before)).size).toBe(notes.length - before)
      await back()
      await until(() => streams() > asked, 'the stream that stands again')
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    stop.abort()
    await ended
  })
})
