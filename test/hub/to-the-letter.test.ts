import fs from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { compactText } from '../../src/base/json/compact.js'
import { scanJson } from '../../src/base/json/scan.js'
import { exportHub } from '../../src/hub/archive/export-hub.js'
import { importHub } from '../../src/hub/archive/import-hub.js'
import { openStore } from '../../src/hub/stores/open-store.js'
import type { Store } from '../../src/hub/stores/store.js'
import { answer } from '../support/faulty-hub.js'
import type { Machine } from '../support/machine.js'
import { blanks, oddText, spread } from '../support/odd-json.js'
import { type PostgresServer, startPostgres } from '../support/postgres.js'
import { runCli } from '../support/run-cli.js'
import { createSwarm } from '../support/swarm.js'

/** Task files by record id: the payload without blanks, and the content of the file. */
type Written = ReadonlyMap<string, { readonly payload: string; readonly file: string }>

let written = 0

const files = fc.noShrink(
  fc.array(fc.tuple(oddText, blanks), { minLength: 1, maxLength: 40 }).map((contents): Written => {
    written++
    return new Map(
      contents.map(([odd, between], index) => {
        const payload = `{"odd":${odd},"title":"\u0041","n":1.50}`
        return [`t${written}-${index}`, { payload, file: spread(payload, between) }]
      }),
    )
  }),
)

/** The payload in the file of a pulled record, or in any other text of one. */
function payloadIn(record: string): string {
  const bytes = Buffer.from(record)
  const scan = scanJson(bytes, {}, [['payload']])
  const span = 'spans' in scan ? scan.spans[0]?.[0] : undefined
  return span === undefined ? 'none' : compactText(bytes, span)
}

function pulledPayload({ coordination }: Machine, recordId: string): string {
  return payloadIn(fs.readFileSync(path.join(coordination, 'remote', 'task', `${recordId}.json`), 'utf8'))
}

async function payloadsOf(store: Store): Promise<[string, string][]> {
  const space = await store.findSpace('gabriel', 'muse')
  if (space === null) throw new Error('there is no space')
  const { records } = await store.since(space, { sinceId: 0, limit: 100_000, kinds: [] })
  return records.map(({ recordId, payloadJson }) => [recordId, payloadJson])
}

describe.each(['sqlite', 'postgres'])('a payload on its way through a hub on %s', (storeName) => {
  let postgres: PostgresServer | undefined
  let directory: string
  let store: Store

  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'muse-letter-'))
    if (storeName === 'postgres') postgres = await startPostgres()
  }, 60_000)

  afterAll(async () => {
    await postgres?.remove()
    await rm(directory, { recursive: true, force: true })
  })

  const newStore = (name: string) => openStore(postgres?.url(name) ?? path.join(directory, name))

  it('keeps each token as its writer spelt it, from file to file, and is known when it comes again', async () => {
    store = await newStore('first')
    const other = await newStore('second')
    try {
      const swarm = await createSwarm({ store })
      const [writer, reader] = [await swarm.machine(), await swarm.machine()]
      await fc.assert(
        fc.asyncProperty(files, async (tasks) => {
          writer.write(Object.fromEntries([...tasks].map(([id, { file }]) => [`tasks/${id}.json`, file])))
          expect(await writer.push()).toMatchObject({ inserted: tasks.size, ignored: [], conflicts: [], failed: false })
          expect(await reader.pull({ all: true })).toMatchObject({ written: tasks.size, rejected: [] })
          for (const [id, { payload }] of tasks) expect(pulledPayload(reader, id)).toBe(payload)
        }),
        { numRuns: 5 },
      )
      const { inserted, skipped, total } = await writer.push({ recheck: true })
      expect([inserted, skipped]).toEqual([0, total])

      // Into another store by an archive, and still the same to whoever asks.
      await importHub(other, exportHub(store, null))
      expect(await payloadsOf(other)).toEqual(await payloadsOf(store))
    } finally {
      await other.close()
      await store.close()
    }
  }, 120_000)
})

describe('a store that was filled by a program that wrote numbers anew', () => {
  it('skips what it holds in that spelling', async () => {
    const swarm = await createSwarm()
    const machine = await swarm.machine()
    const text = '{"n":[1.50,1e400,1152921504606846976,-0],"t":"\\u0041"}'
    machine.write({ 'tasks/t1.json': JSON.stringify(JSON.parse(text)) })
    await machine.push()
    machine.write({ 'tasks/t1.json': text })
    expect(await machine.push({ recheck: true })).toMatchObject({ inserted: 0, skipped: 1, conflicts: [] })
  })

  it('tells 2^53 from 2^53+1', async () => {
    const swarm = await createSwarm()
    const machine = await swarm.machine()
    machine.write({ 'tasks/t1.json': '{"n":9007199254740992}' })
    await machine.push()
    machine.write({ 'tasks/t1.json': '{"n":9007199254740993}' })
    expect(await machine.push({ recheck: true })).toMatchObject({ conflicts: [{ reason: 'different_content' }] })
  })
})

describe('sync pull --json', () => {
  it('prints the records as the hub sent them: spelling, order, and fields that nobody here knows', async () => {
    const record =
      '{"fooBar":1.50,"extra_field":{"aB":1e400},"id":1,"kind":"task","record_id":"t1","run_id":null,"payload":{"b":-0,"a":"\\u0041","a":2}}'
    const swarm = await createSwarm()
    const machine = await swarm.machine()
    swarm.proxy.behave(answer(200, `{"records": [ ${spread(record, [' ', ''])} ], "cursor": 1}`))
    const { stdout, exitCode } = await runCli(machine, ['sync', 'pull', '--json'])
    expect(exitCode).toBe(0)
    expect(stdout).toContain(`"records":[${record}]`)
    expect(JSON.parse(stdout)).toMatchObject({ count: 1, cursor: 1 })
    expect(JSON.parse(stdout)).not.toHaveProperty('record_texts')
    const file = path.join(machine.coordination, 'remote', 'task', 't1.json')
    expect(fs.readFileSync(file, 'utf8')).toBe(`${record}\n`)
  })
})
