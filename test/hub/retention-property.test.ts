import { describe, expect, it } from '@jest/globals'
import { parseRetention } from '../../src/hub/retention.js'
import { sweepHub } from '../../src/hub/sweep-hub.js'
import { readHolds } from '../../src/plugin.js'
import { createSwarm, type Swarm } from '../support/swarm.js'

const HOUR = 3_600_000
/** Of ids, runs and ends there are few, so that they meet. */
const RUNS = ['r1', 'r2', 'r3']
const KINDS = ['reservation', 'heartbeat', 'intent', 'release', 'dependency', 'task', 'claim']
const MERGE = new Map(
  KINDS.map((kind) => [kind, kind === 'claim' ? 'lease' : kind === 'heartbeat' ? 'latest' : 'once'] as const),
)

/** The same numbers for the same seed, from 0 up to 1. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

interface Written {
  readonly kind: string
  readonly recordId: string
  readonly runId: string
  readonly payloadJson: string
  readonly expiresAt: string | null
}

/** Reservations, their releases and beats, tasks and their claims, in whatever state. */
function someRecords(random: () => number): readonly Written[] {
  const one = <Value>(values: readonly Value[]) => values[Math.floor(random() * values.length)] as Value
  const time = () => new Date(Date.now() + one([-3, -2, -1, 1, 2, 3]) * HOUR).toISOString()
  const written: Written[] = []
  const write = (kind: string, recordId: string, runId: string, expiresAt: string | null, payload: object) =>
    written.push({
      kind,
      recordId,
      runId,
      expiresAt,
      payloadJson: JSON.stringify({ ...payload, expires_at: expiresAt }),
    })
  const reservations = Array.from({ length: 8 }, (_, index) => `x${index}`)
  for (const id of reservations) {
    const runId = one(RUNS)
    const fields = { reservation_id: id, run_id: runId, addresses: [`${id}.py`] }
    write('reservation', id, runId, random() < 0.2 ? null : time(), { ...fields, exclusive: random() < 0.5 })
    if (random() < 0.4) {
      const isNamed = random() < 0.7
      const release = { run_id: runId, released_at: time(), ...(isNamed && { reservation_id: id }) }
      write('release', isNamed ? `of-${id}` : id, runId, null, { ...release, release_id: isNamed ? `of-${id}` : id })
    }
    if (random() < 0.3) write('dependency', id, runId, null, { reservation_id: id, depends_on: [one(reservations)] })
  }
  for (const runId of RUNS) {
    const ends = Object.fromEntries(reservations.filter(() => random() < 0.5).map((id) => [id, time()]))
    const beat = { run_id: runId, last_beat_at: new Date(Date.now() - HOUR / 2).toISOString(), reservations: ends }
    write('heartbeat', runId, runId, Object.values(ends).sort().at(-1) ?? time(), beat)
  }
  for (let index = 0; index < 8; index++) {
    const [id, runId] = [`t${index}`, one(RUNS)]
    write('task', id, 'r1', null, { task_id: id, title: id, ...(random() < 0.5 && { max_attempts: 1 }) })
    const status = one(['none', 'claimed', 'returned', 'completed', 'failed'])
    if (status === 'none') continue
    const end = status === 'claimed' ? time() : status === 'returned' ? new Date(Date.now() - HOUR).toISOString() : null
    const numbers = end === null ? { token: null } : {}
    write('claim', id, runId, end, { task_id: id, claimer_run_id: runId, status, ...numbers })
  }
  return written
}

/** What somebody sees who comes new to the space: what is held, and what has become of each task. */
async function seenBy(swarm: Swarm) {
  const machine = await swarm.machine()
  await machine.pull()
  const { workspace } = machine.session
  const { view, registry } = workspace
  const stateOf = registry.get('task')?.state?.(view.everything())
  return {
    held: readHolds(workspace)
      .map(({ kind, recordId, runId, until }) => `${kind} ${recordId} ${runId} ${until}`)
      .sort(),
    tasks: new Map(
      view
        .everything()
        .entries('task')
        .map((task) => [task.recordId, stateOf?.(task).state]),
    ),
  }
}

describe('retention, whatever is named', () => {
  it.each(Array.from({ length: 6 }, (_, seed) => [seed]))(
    'neither opens nor holds what was over, nor frees what is held (seed %i)',
    async (seed) => {
      const random = randomFrom(seed)
      const swarm = await createSwarm()
      const owner = await swarm.machine()
      const space = await swarm.hub.store.createSpace('gabriel', 'muse')
      const records = someRecords(random)
      const send = (sent: readonly Written[]) =>
        swarm.hub.store.push(space, { author: 'gabriel', records: sent, rules: MERGE })
      await send(records)
      const before = await seenBy(swarm)
      const words = KINDS.filter(() => random() < 0.6).map((kind) => `${kind}=0`)
      const retention = parseRetention(['0', ...words], owner.session.registry.all)
      for (let hour = 0; hour < 2; hour++) await sweepHub(swarm.hub.store, retention, Date.now() + 1)
      const after = await seenBy(swarm)
      expect(after.held).toEqual(before.held)
      for (const [id, state] of after.tasks) expect([id, state]).toEqual([id, before.tasks.get(id)])
      // A store that has forgotten what it has sent sends its records again.
      await send(records.filter(({ kind }) => kind === 'task' || kind === 'reservation'))
      const again = await seenBy(swarm)
      expect(again.held).toEqual(before.held)
      expect(again.tasks).toEqual(before.tasks)
    },
  )
})
