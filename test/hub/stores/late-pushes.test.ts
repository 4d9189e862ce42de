import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { openStore } from '../../../src/hub/stores/open-store.js'
import type { IncomingRecord, StoreAnswer } from '../../../src/hub/stores/record-store.js'
import type { Space } from '../../../src/hub/stores/space-directory.js'
import type { Store } from '../../../src/hub/stores/store.js'
import type { MergeRule } from '../../../src/record/record.js'
import { nextRevision } from '../../../src/record/wire.js'

/** More of them: `MUSE_COORD_LATE_PUSHES=5000`. */
const RUNS = Number(process.env.MUSE_COORD_LATE_PUSHES ?? 40)
const MILLISECONDS_A_RUN = 200

const RULES = new Map<string, MergeRule>([
  ['note', 'once'],
  ['beat', 'latest'],
  ['claim', 'lease'],
])
const END = new Date(Date.now() + 3_600_000).toISOString()

/** What becomes of a request: `late` ones come at the end, or when the next one has come; their answers are lost. */
const fate = fc.constantFrom('comes', 'answer lost', 'comes twice', 'late', 'late and twice')
const write = fc.record({ kind: fc.constantFrom('note', 'beat', 'claim'), fate, playsAgain: fc.nat(8) })

/** An author that knows what it was told, and sends what it has written last until that was taken. */
class Author {
  #count = 0
  #stands: number | null = null
  #token: number | null = null
  #revision = 1
  readonly #last = new Map<string, IncomingRecord>()

  write(kind: string): IncomingRecord {
    const n = ++this.#count
    const id = kind === 'note' ? `n${n}` : 'x'
    const record = {
      kind,
      recordId: id,
      runId: 'r1',
      payloadJson: `{"n":${n}}`,
      expiresAt: kind === 'claim' ? END : null,
    }
    this.#last.set(`${kind} ${id}`, this.#numbered(record))
    return this.#last.get(`${kind} ${id}`) as IncomingRecord
  }

  hear({ kind, revision }: IncomingRecord, { conflicts, leases }: StoreAnswer): void {
    const [conflict] = conflicts
    if (kind === 'beat') this.#stands = conflict === undefined ? (revision as number) : (conflict.revision ?? null)
    if (kind !== 'claim') return
    this.#token = leases[0]?.token ?? conflict?.token ?? this.#token
    this.#revision = Math.max(this.#revision, conflict?.revision ?? 0)
  }

  /** What it has written last of each, by what it knows by now. */
  last(): IncomingRecord[] {
    return [...this.#last.values()].map(({ kind, recordId, runId, payloadJson, expiresAt }) =>
      this.#numbered({ kind, recordId, runId, payloadJson, expiresAt }),
    )
  }

  #numbered(record: IncomingRecord): IncomingRecord {
    if (record.kind === 'beat') return { ...record, revision: nextRevision(this.#stands), after: this.#stands }
    if (record.kind !== 'claim') return record
    return this.#token === null
      ? { ...record, token: null }
      : { ...record, token: this.#token, revision: ++this.#revision }
  }
}

describe('requests of an author that are late, lost, doubled and out of order', () => {
  const directory = mkdtempSync(join(tmpdir(), 'muse-coord-late-'))
  const opening = openStore(join(directory, 'store'))
  afterAll(async () => {
    await (await opening).close()
    rmSync(directory, { recursive: true })
  })
  let spaces = 0

  const push = (store: Store, space: Space, record: IncomingRecord) =>
    store.push(space, { author: 'ada', records: [record], rules: RULES })

  async function standing(store: Store, space: Space): Promise<string[]> {
    const { records } = await store.since(space, { sinceId: 0, limit: 1000, kinds: [] })
    return records.map(({ kind, recordId, payloadJson }) => `${kind} ${recordId} ${payloadJson}`).sort()
  }

  it(
    'end as they would have in order',
    async () => {
      const store = await opening
      const property = fc.asyncProperty(
        fc.array(write, { maxLength: 10 }),
        fc.func(fc.nat()),
        async (writes, order) => {
          const space = await store.createSpace('ada', `s${++spaces}`)
          const author = new Author()
          const expected = new Map<string, string>()
          const late: IncomingRecord[] = []
          const sent: IncomingRecord[] = []
          for (const { kind, fate, playsAgain } of writes) {
            const record = author.write(kind)
            expected.set(`${kind} ${record.recordId}`, record.payloadJson)
            sent.push(record)
            if (fate.startsWith('late')) late.push(record, ...(fate === 'late' ? [] : [record]))
            else {
              const answer = await push(store, space, record)
              if (fate !== 'answer lost') author.hear(record, answer)
              if (fate === 'comes twice') await push(store, space, record)
            }
            const again = sent[playsAgain]
            if (again !== undefined) await push(store, space, again)
          }
          for (let tries = 0; tries < 3; tries++) {
            for (const record of author.last()) author.hear(record, await push(store, space, record))
          }
          const inOrder = [...expected].map(([name, payload]) => `${name} ${payload}`).sort()
          expect(await standing(store, space)).toEqual(inOrder)
          for (const record of [...late, ...sent].sort((one, other) => order(one) - order(other))) {
            await push(store, space, record)
          }
          expect(await standing(store, space)).toEqual(inOrder)
        },
      )
      await fc.assert(property, { numRuns: RUNS })
    },
    20_000 + RUNS * MILLISECONDS_A_RUN,
  )
})
