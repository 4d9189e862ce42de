import { setTimeout as sleep } from 'node:timers/promises'
import type { Ledger } from './ledger.js'
import type { Random } from './random.js'
import type { RawClient, WireAnswer, WireRecord } from './raw-client.js'

/** What a writer works with. */
export interface WriterPlace {
  readonly name: string
  readonly client: RawClient
  readonly ledger: Ledger
  readonly random: Random
  /** Aborted: what is under way is brought to its end, and then it ends. */
  readonly signal: AbortSignal
}

const LEASES = 4
const LEASE_MS = { least: 150, most: 700 }

/** Pushes records that never change, a register beside them, and gives up on some pushes that fail. */
export async function writeRecords({ name, client, ledger, random, signal }: WriterPlace): Promise<void> {
  const beats = new Register(name)
  for (let round = 0; !signal.aborted; round++) {
    const records = Array.from({ length: random.between(1, 40) }, (_, index) => reservation(name, `${round}-${index}`))
    const beat = beats.next()
    const mayGiveUp = random.next() < 0.2
    const answer = await client.push([...records, beat], () => mayGiveUp)
    if (answer === null) continue
    const isBeatIn = beats.hear(answer)
    for (const { kind, record_id, reason } of answer.conflicts) {
      if (reason === 'stale') continue
      ledger.surprises.push(`${kind}/${record_id}, which one writer pushes, is in conflict: ${reason}`)
    }
    for (const { record_id, payload } of records) {
      ledger.acknowledged.set(`reservation/${record_id}`, JSON.stringify(payload))
    }
    if (isBeatIn) ledger.registers.set(`heartbeat/${name}`, JSON.stringify(beat.payload))
    await sleep(random.between(0, 8))
  }
  // A push that was given up may have come through after all; what comes last tells what the register holds.
  let last = beats.next()
  while (!beats.hear(await client.push([last]))) last = beats.next()
  ledger.registers.set(`heartbeat/${name}`, JSON.stringify(last.payload))
}

/**
 * Takes leases that others want too, keeps some a while by renewing them, and lets them lapse. Never shortens one: that
 * would give it back early, and the account of a run could not tell this from a hub that passes it on early.
 */
export async function writeLeases({ name, client, ledger, random, signal }: WriterPlace): Promise<void> {
  const ends = new Map<string, number>()
  for (let round = 0; !signal.aborted; round++) {
    const task = `task-${random.between(1, LEASES)}`
    for (let renewals = random.between(0, 3); renewals >= 0 && !signal.aborted; renewals--) {
      const lasts = random.between(LEASE_MS.least, LEASE_MS.most)
      const end = Math.max(ends.get(task) ?? 0, Date.now() + lasts)
      ends.set(task, end)
      const claim = lease(task, name, `${round}-${renewals}`, end)
      const answer = await client.push([claim], () => true)
      const granted = answer?.leases[0]
      if (granted === undefined) break
      ledger.grants.push({
        name: `claim/${granted.record_id}`,
        token: granted.token,
        runId: name,
        expiresAt: granted.expires_at,
      })
      await sleep(random.between(0, lasts))
    }
    await sleep(random.between(0, 20))
  }
}

function reservation(writer: string, number: string): WireRecord {
  const id = `${writer}-${number}`
  const payload = { reservation_id: id, run_id: writer, addresses: [`src/${id}.ts::f`] }
  return { kind: 'reservation', record_id: id, run_id: writer, payload, expires_at: null }
}

/** A register whose writer counts: a push that was given up may come through after the next, and changes nothing then. */
class Register {
  #beats = 0
  #stands: number | null = null

  constructor(private readonly writer: string) {}

  next(): WireRecord {
    const { writer } = this
    const payload = { run_id: writer, beat: ++this.#beats }
    const order = { revision: (this.#stands ?? 0) + 1, after: this.#stands }
    return { kind: 'heartbeat', record_id: writer, run_id: writer, payload, expires_at: null, ...order }
  }

  /** Whether the last beat stands; else the next one replaces what does. */
  hear(answer: WireAnswer | null): boolean {
    const stale = answer?.conflicts.find(({ reason }) => reason === 'stale')
    if (answer !== null) this.#stands = stale === undefined ? (this.#stands ?? 0) + 1 : (stale.revision ?? null)
    return answer !== null && stale === undefined
  }
}

function lease(task: string, run: string, attempt: string, expiresAt: number): WireRecord {
  return {
    kind: 'claim',
    record_id: task,
    run_id: run,
    payload: { task_id: task, claimer_run_id: run, attempt },
    expires_at: new Date(expiresAt).toISOString(),
  }
}
