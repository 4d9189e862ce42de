import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { growthOfCpu } from '../support/cpu-time.js'
import { type Signer, type StartedHub, startHub } from '../support/start-hub.js'
import { createSwarm } from '../support/swarm.js'
import { sentRecord } from './records.js'

const PUSH = '/gabriel/a/coord/push'

let hub: StartedHub
let gabriel: Signer

beforeAll(async () => {
  hub = await startHub()
  gabriel = await hub.register('gabriel')
})
afterAll(() => hub.close())

function record(payload: string, around = ''): string {
  return `{"kind":"task","record_id":"r${Math.random().toString(36).slice(2)}","run_id":"r","payload":${payload}${around}}`
}

function body(...records: string[]): string {
  return `{"records":[${records.join(',')}]}`
}

async function push(text: string, { packed = false, signer = gabriel } = {}) {
  const sent = packed ? gzipSync(text) : text
  const response = await signer.fetch(PUSH, {
    method: 'POST',
    body: sent,
    ...(packed && { headers: { 'content-encoding': 'gzip' } }),
  })
  return {
    status: response.status,
    answer: (await response.json()) as { detail?: string; cursor?: number; rejected?: { reason: string }[] },
  }
}

/** Bodies that were made to cost as much as can be, of so many MiB. */
const MADE = {
  'objects in payloads': (n: number) =>
    body(...Array.from({ length: Math.round(4 * n) }, () => record(`{"a":[${'{},'.repeat(87_000)}0]}`))),
  'lists in lists': (n: number) => `{"records":${'['.repeat(500_000 * n)}${']'.repeat(500_000 * n)}}`,
  'records without number': (n: number) => `{"records":[${'{},'.repeat(350_000 * n)}{}]}`,
  'fields that nobody knows': (n: number) => body(record('{}', `,"x":[${'[],'.repeat(350_000 * n)}0]`)),
}
const KINDS = (n: number) =>
  `{"records":[],"kinds":{${Array.from({ length: 30_000 * n }, (_, k) => `"k${k}":{"merge":"once"}`).join(',')}}}`

describe('a body that was made to cost much', () => {
  it.each(Object.entries(MADE))('is not unpacked when it is packed a thousandfold: %s', async (_, make) => {
    const { status, answer } = await push(make(10), { packed: true })
    expect({ status, detail: answer.detail }).toEqual({ status: 413, detail: expect.stringContaining('100 times') })
  })

  it.each(Object.entries({ ...MADE, 'many kinds': KINDS }))(
    'costs no more for each byte the longer it is when it is sent as it is: %s',
    async (_, make) => {
      const growth = await growthOfCpu(make(0.25), make(1.5), async (text) => {
        expect([200, 400, 413]).toContain((await push(text)).status)
      })
      // Six times the bytes; by the square it would be 36.
      expect(growth).toBeLessThan(15)
    },
  )

  it('is not looked at for a stranger to the space', async () => {
    const stranger = await hub.register('stranger')
    expect(await push('no JSON at all', { signer: stranger })).toMatchObject({ status: 404 })
    expect(await push('no JSON at all')).toMatchObject({ status: 400 })
  })
})

describe('a record', () => {
  it('is refused alone when what stands around its payload is large', async () => {
    const around = `,"x":"${'x'.repeat(16 * 1024)}"`
    const { status, answer } = await push(body(record('{}', around), record('{}')))
    expect({ status, answer }).toMatchObject({
      status: 200,
      answer: {
        inserted: 1,
        rejected: [
          {
            kind: 'task',
            record_id: expect.stringMatching(/^r/),
            reason: expect.stringContaining('bytes around its payload'),
          },
        ],
      },
    })
  })

  it('is judged by the last of two payloads, and by the bytes of both', async () => {
    const twice = `{"a":1},"payload":{"b":[${'0,'.repeat(20_000)}0]},"payload":{"c":2}`
    expect((await push(body(record(twice)))).answer.rejected).toHaveLength(1)
    const { answer } = await push(body(sentJson('twice', '{"a":1},"payload":{"c":2.50}')))
    const last = `/gabriel/a/coord/pull?since_id=${Number(answer.cursor) - 1}`
    expect(await (await gabriel.fetch(last)).text()).toContain('"payload":{"c":2.50}')
  })
})

function sentJson(recordId: string, payload: string): string {
  return JSON.stringify(sentRecord(recordId, { payload: {} })).replace('"payload":{}', `"payload":${payload}`)
}

describe('a client', () => {
  it('sends plainly what packs better than a hub unpacks', async () => {
    const swarm = await createSwarm()
    const writer = await swarm.machine()
    const text = JSON.stringify({ title: 'a'.repeat(200_000) })
    writer.write(Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`tasks/t${n}.json`, text])))
    expect(await writer.push()).toMatchObject({ inserted: 40, failed: false, errors: [] })
  })
})
