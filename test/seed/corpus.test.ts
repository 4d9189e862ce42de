import fs from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, it } from '@jest/globals'
import type { PushResult } from '../../src/sync/push/push.js'
import { pushed } from '../support/faulty-hub.js'
import type { Machine } from '../support/machine.js'
import { createSwarm } from '../support/swarm.js'
import { type GatheredRecord, gather, MAPPINGS, type Mapping } from './original.js'
import { SHAPES, type Shape } from './shapes.js'

interface SentRecord {
  readonly kind: string
  readonly record_id: string
  readonly payload: object
}

/** Every shape as a file of every kind, pushed to a real hub by this program and gathered as the original would. */
interface Counted {
  readonly revision?: unknown
  readonly after?: unknown
}

describe('a corpus of files, beside what the original sends of it', () => {
  let machine: Machine
  let result: PushResult
  let sent: SentRecord[]
  /** What the original gathers, by the path of the file. */
  const gathered = new Map<string, GatheredRecord | null>()

  beforeAll(async () => {
    // Its hub grants leases for longer than any of these ask. One with the usual bound of a day refuses a claim that ends later,
    // and says so: a task that nobody works on must come free, whoever wrote the claim (`hub serve --max-lease`).
    const swarm = await createSwarm()
    machine = await swarm.machine()
    for (const mapping of MAPPINGS) {
      for (const shape of SHAPES) {
        const name = fileOf(mapping, shape)
        machine.write({ [name]: shape.content(mapping) })
        gathered.set(name, gather(mapping, name, fs.readFileSync(path.join(machine.coordination, name))))
      }
    }
    result = await machine.push()
    sent = swarm.proxy.requests.flatMap((request) => pushed(request).records as SentRecord[])
  })

  it('holds 37 shapes of 7 kinds, of which the original sends 231 files', () => {
    expect(gathered.size).toBe(37 * 7)
    expect([...gathered.values()].filter((record) => record !== null)).toHaveLength(231)
  })

  it('arrives whole at the hub: what it refuses does not leave the house', () => {
    expect(result).toMatchObject({ failed: false, errors: [], rejected: [], conflicts: [] })
    expect(result.inserted).toBe(sent.length)
  })

  it('goes out in the order of the original: kind by kind', () => {
    const kinds = [...new Set(sent.map(({ kind }) => kind))]
    expect(kinds).toEqual(MAPPINGS.map(({ kind }) => kind))
  })

  it('names each file that stays behind, with its reason, and none that goes', () => {
    const behind = MAPPINGS.flatMap((mapping) =>
      SHAPES.filter((shape) => expected(mapping, shape, gathered) === null).map((shape) => fileOf(mapping, shape)),
    )
    const named = result.ignored.map((file) => path.relative(machine.coordination, file.path))
    expect(named.sort()).toEqual(behind.sort())
    for (const { reason } of result.ignored) expect(reason).not.toBe('')
  })

  it.each(MAPPINGS)('sends of each file of a $kind what the original sends, or has its reason', (mapping) => {
    // What a register's change adds for a hub that counts; the original sends none, and its hub passes it over.
    const ofKind = sent
      .filter(({ kind }) => kind === mapping.kind)
      .map(({ revision: _, after: __, ...record }: SentRecord & Counted) => record)
    const wanted = SHAPES.flatMap((shape) => expected(mapping, shape, gathered) ?? [])
    const byId = (one: { record_id: unknown }, other: { record_id: unknown }) =>
      String(one.record_id) < String(other.record_id) ? -1 : 1
    expect(ofKind.sort(byId)).toEqual(wanted.sort(byId))
  })
})

function fileOf({ directory }: Mapping, { name }: Shape): string {
  return `${directory}/${name}.json`
}

/** What this program is to send of a file, given what the original sends. */
function expected(mapping: Mapping, shape: Shape, gathered: ReadonlyMap<string, GatheredRecord | null>) {
  const { name, difference } = shape
  const record = gathered.get(fileOf(mapping, shape)) ?? null
  if (record === null) return null
  const applies = difference !== undefined && (difference.among?.(mapping) ?? true)
  if (!applies) return record
  if (difference.sent === null) return null
  // The id of a heartbeat is that of its run.
  const isBoth = mapping.idField === mapping.runIdField && !('expires_at' in difference.sent)
  return { ...record, ...difference.sent, ...(isBoth && { record_id: name, run_id: '' }) }
}
