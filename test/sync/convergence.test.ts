import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { cleanUp } from '../support/clean-up.js'
import { answer, type Behaviour, passOnTo } from '../support/faulty-hub.js'
import type { Machine } from '../support/machine.js'
import { heartbeat, reservation } from '../support/records.js'
import { startHub } from '../support/start-hub.js'
import { createSwarm, type Swarm } from '../support/swarm.js'

/** One thing that happens to a writer, a reader, and the hub between them. */
type Step =
  | { does: 'reserve' | 'beat'; id: number }
  | { does: 'push' | 'pull'; hub: keyof typeof FAULTS; kinds: readonly string[]; limit: number }
  | { does: 'forget'; who: 'writer' | 'reader' }
  | { does: 'replace the hub' }

/** What comes in the way of one request. `null`: nothing. */
const FAULTS = {
  works: null,
  refuses: () => answer(500, { detail: 'Not now.' }),
  babbles: () => answer(200, '<h1>Hello</h1>'),
  // The hub commits, and nobody hears of it.
  'is not heard': (hubUrl: string): Behaviour => {
    const passOn = passOnTo(hubUrl)
    return async (request, response) => {
      const { writeHead } = response
      response.writeHead = ((_: number) => writeHead.call(response, 500)) as typeof writeHead
      await passOn(request, response)
    }
  },
}

const kinds = fc.constantFrom([], ['reservation'], ['heartbeat'], ['heartbeat', 'reservation'])
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ does: fc.constantFrom('reserve' as const, 'beat' as const), id: fc.nat(5) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      does: fc.constantFrom('push' as const, 'pull' as const),
      hub: fc.constantFrom(...(Object.keys(FAULTS) as (keyof typeof FAULTS)[])),
      kinds,
      limit: fc.integer({ min: 1, max: 4 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      does: fc.constant('forget' as const),
      who: fc.constantFrom('writer' as const, 'reader' as const),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ does: 'replace the hub' as const }) },
)

describe('two machines and a hub', () => {
  it('agree in the end, whatever happens on the way', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 25 }), async (steps) => {
        const world = await createWorld()
        for (const one of steps) await take(world, one)
        const { swarm, writer, reader, written } = world
        swarm.proxy.behave(passOnTo(world.hubUrl))
        const pushed = await writer.push({ meetHub: true })
        expect(pushed).toMatchObject({ failed: false, conflicts: [], rejected: [], ignored: [], total: written.size })
        const requests = swarm.proxy.requests.length
        expect(await writer.push()).toMatchObject({ skipped: written.size, total: written.size })
        expect(swarm.proxy.requests).toHaveLength(requests)
        await reader.pull({ all: true })
        const found = new Map(reader.pulled().map((name) => [name, JSON.stringify(reader.record(name).payload)]))
        expect(found).toEqual(new Map([...written].sort()))
        expect(await reader.pull()).toMatchObject({ count: 0, hasMore: false })
      }),
      { numRuns: 15 },
    )
  }, 120_000)
})

interface World {
  readonly swarm: Swarm
  hubUrl: string
  readonly writer: Machine
  readonly reader: Machine
  /** The last content of each record, as JSON, by the name of its pulled file. */
  readonly written: Map<string, string>
}

async function createWorld(): Promise<World> {
  const swarm = await createSwarm()
  const [writer, reader] = [await swarm.machine(), await swarm.machine()]
  await swarm.hub.store.createSpace('gabriel', 'muse')
  return { swarm, hubUrl: swarm.hub.url, writer, reader, written: new Map() }
}

let beats = 0

async function take(world: World, step: Step): Promise<void> {
  const { swarm, writer, reader, written } = world
  switch (step.does) {
    case 'reserve':
    case 'beat': {
      const name = `${step.does === 'beat' ? 'heartbeat' : 'reservation'}/x${step.id}`
      if (step.does === 'reserve' && written.has(name)) return
      // A later beat says a later time: by that the words of two stores are combined.
      const at = new Date(Date.UTC(2026, 2, 18, 12) + beats++ * 1000).toISOString()
      const files =
        step.does === 'beat' ? heartbeat(`x${step.id}`, { last_beat_at: at, count: beats }) : reservation(`x${step.id}`)
      writer.write(files)
      written.set(name, JSON.stringify(Object.values(files)[0]))
      return
    }
    case 'push':
    case 'pull': {
      const fault = FAULTS[step.hub]
      swarm.proxy.behave(fault === null ? passOnTo(world.hubUrl) : fault(world.hubUrl))
      const { kinds, limit } = step
      if (step.does === 'push') expect(await writer.push({ kinds })).toMatchObject({ conflicts: [], rejected: [] })
      else await reader.pull({ kinds, limit }).catch((error) => expect(error).toMatchObject({ status: 'hub_error' }))
      return
    }
    case 'forget':
      return (step.who === 'writer' ? writer : reader).forget()
    case 'replace the hub': {
      const hub = await startHub({ publicUrl: swarm.url })
      cleanUp(() => hub.close())
      await hub.store.register(swarm.gabriel.identity)
      await hub.store.createSpace('gabriel', 'muse')
      world.hubUrl = hub.url
    }
  }
}
