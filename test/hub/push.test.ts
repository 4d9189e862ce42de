import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { DEFAULT_LIMITS } from '../../src/hub/limits.js'
import { MAX_PAYLOAD_BYTES } from '../../src/record/record.js'
import { type Signer, type StartedHub, startHub } from '../support/start-hub.js'
import { sentRecord, sentRecords } from './records.js'

describe('push', () => {
  let hub: StartedHub
  let gabriel: Signer
  let spaces = 0

  beforeAll(async () => {
    hub = await startHub({ limits: { leaseSeconds: DEFAULT_LIMITS.leaseSeconds } })
    gabriel = await hub.register('gabriel')
  })
  afterAll(() => hub.close())

  /** A push into a space of its own, or into the one that is named. */
  async function push(body: unknown, options: { slug?: string; headers?: Record<string, string> } = {}) {
    const slug = options.slug ?? `space-${spaces++}`
    const path = `/gabriel/${slug}/coord/push`
    const answer = await gabriel.fetch(path, { method: 'POST', body, headers: options.headers ?? {} })
    return { slug, status: answer.status, answer: (await answer.json()) as Record<string, unknown> }
  }

  async function pull(slug: string) {
    const answer = await gabriel.fetch(`/gabriel/${slug}/coord/pull?limit=1000`)
    return (await answer.json()) as { records: Record<string, unknown>[]; cursor: number }
  }

  it('stores what is new and skips what is known', async () => {
    const first = await push({ records: sentRecords(3) })
    expect(first).toMatchObject({ status: 200, answer: { inserted: 3, skipped: 0, updated: 0, cursor: 3 } })
    expect(first.answer.epoch).toBe(hub.store.epoch)
    const again = await push({ records: [...sentRecords(3), sentRecord('new')] }, { slug: first.slug })
    expect(again.answer).toMatchObject({ inserted: 1, skipped: 3, cursor: 4, conflicts: [], rejected: [] })
  })

  it('takes a body that is compressed with gzip, and signed as it travels', async () => {
    const body = gzipSync(JSON.stringify({ records: sentRecords(20) }))
    const { answer } = await push(body, { headers: { 'content-encoding': 'gzip' } })
    expect(answer).toMatchObject({ inserted: 20 })
  })

  it('names another content under a known id as a conflict', async () => {
    const { slug } = await push({ records: [sentRecord('a')] })
    const { answer } = await push({ records: [sentRecord('a', { payload: { other: 1 } })] }, { slug })
    expect(answer).toMatchObject({
      inserted: 0,
      skipped: 0,
      conflicts: [{ kind: 'reservation', record_id: 'a', reason: 'different_content' }],
    })
  })

  it('grants a lease with a token, and names the holder to the next run', async () => {
    const expires = new Date(Date.now() + 60_000).toISOString()
    const claim = (run: string) => sentRecord('t1', { kind: 'claim', run_id: run, expires_at: expires })
    const { slug, answer } = await push({ records: [claim('run-1')] })
    const [lease] = answer.leases as { token: number }[]
    expect(lease).toMatchObject({ kind: 'claim', record_id: 't1', expires_at: expires })
    const second = await push({ records: [claim('run-2')] }, { slug })
    expect(second.answer.conflicts).toEqual([
      {
        kind: 'claim',
        record_id: 't1',
        reason: 'held',
        holder: { run_id: 'run-1', expires_at: expires, token: lease?.token },
      },
    ])
  })

  it('tells whoever counts tenures which token and revision stand, and who has it', async () => {
    const expires = new Date(Date.now() + 60_000).toISOString()
    const claim = (run: string, numbers: object) => ({
      ...sentRecord('t1', { kind: 'claim', run_id: run, expires_at: expires }),
      ...numbers,
    })
    const { slug } = await push({ records: [claim('run-1', { token: null })] })
    const { answer } = await push({ records: [claim('run-2', { token: null })] }, { slug })
    const holder = { run_id: 'run-1', expires_at: expires, token: 1 }
    expect(answer.conflicts).toEqual([
      { kind: 'claim', record_id: 't1', reason: 'held', holder, token: 1, revision: 0 },
    ])
    const ended = { ...claim('run-1', { token: 1, revision: 1 }), expires_at: '1970-01-01T00:00:00Z' }
    expect((await push({ records: [ended] }, { slug })).answer).toMatchObject({ updated: 1, leases: [] })
    const stale = await push({ records: [claim('run-2', { token: null })] }, { slug })
    expect(stale.answer.conflicts).toMatchObject([{ reason: 'stale', holder: null, token: 1 }])
    const next = await push({ records: [claim('run-2', { token: 1 })] }, { slug })
    expect(next.answer).toMatchObject({ updated: 1, leases: [{ token: 2 }] })
  })

  it('lets the owner of the space override a lease by force, once, and refuses what its holder says then', async () => {
    const expires = new Date(Date.now() + 60_000).toISOString()
    const claim = (run: string, numbers: object) => ({
      ...sentRecord('t1', { kind: 'claim', run_id: run, expires_at: expires, payload: { task_id: 't1', by: run } }),
      ...numbers,
    })
    const { slug } = await push({ records: [claim('run-1', { token: null })] })
    const forced = { records: [claim('run-2', { token: 1, force: true })] }
    expect((await push(forced, { slug })).answer).toMatchObject({ updated: 1, leases: [{ token: 2 }] })
    expect((await push(forced, { slug })).answer).toMatchObject({ updated: 0, skipped: 1 })
    const renewal = { ...claim('run-1', { token: 1, revision: 1 }), payload: { task_id: 't1', renewed: true } }
    expect((await push({ records: [renewal] }, { slug })).answer.conflicts).toMatchObject([
      { reason: 'held', holder: { run_id: 'run-2' }, token: 2 },
    ])
    const again = { records: [claim('run-3', { token: 1, force: true })] }
    expect((await push(again, { slug })).answer.conflicts).toMatchObject([{ reason: 'stale', token: 2 }])
  })

  it('takes no lease that ends further ahead than a day, and any that is over for good', async () => {
    const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString()
    const claim = (id: string, expires: string | null) => sentRecord(id, { kind: 'claim', expires_at: expires })
    const records = [claim('long', inHours(25)), claim('day', inHours(24)), claim('over', null)]
    expect((await push({ records })).answer).toMatchObject({
      inserted: 2,
      rejected: [{ kind: 'claim', record_id: 'long', reason: expect.stringContaining('at most 86400 s') }],
    })
  })

  it.each([
    ['revision', 0],
    ['token', '1'],
    ['token', -1],
    ['after', 1.5],
    ['force', 'yes'],
  ])('rejects a record whose %s is %j', async (field, value) => {
    const record = { ...sentRecord('a'), revision: 1, [field]: value }
    expect((await push({ records: [record] })).answer).toMatchObject({
      rejected: [{ record_id: 'a', reason: expect.stringContaining(`has a ${field} that is n`) }],
    })
  })

  it('treats a kind it never heard of by the rule that the push declares', async () => {
    const beat = (n: number) => ({
      records: [sentRecord('c', { kind: 'clam', payload: { n } })],
      kinds: { clam: { merge: 'latest' } },
    })
    const { slug } = await push(beat(1))
    expect((await push(beat(2), { slug })).answer).toMatchObject({ updated: 1 })
    expect((await pull(slug)).records).toMatchObject([{ id: 2, payload: { n: 2 } }])
  })

  it('keeps its own rule for a kind it knows, whatever a push declares', async () => {
    const { answer } = await push({ records: [sentRecord('a')], kinds: { reservation: { merge: 'latest' } } })
    expect(answer).toMatchObject({ inserted: 0, rejected: [{ kind: 'reservation', record_id: 'a' }] })
  })

  it('takes an empty push', async () => {
    expect(await push({ records: [] })).toMatchObject({ status: 200, answer: { inserted: 0, cursor: 0 } })
  })

  it('hands every payload back as it came, keys that poison prototypes among them', async () => {
    const payload =
      '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"é\\u0000\\ud800":"\\ud83d\\ude00"}'
    const body = `{"records":[{"kind":"task","record_id":"p","run_id":"","payload":${payload},"expires_at":null}]}`
    const { slug, answer } = await push(body)
    expect(answer).toMatchObject({ inserted: 1 })
    const pulled = await gabriel.fetch(`/gabriel/${slug}/coord/pull`)
    const { records } = JSON.parse(await pulled.text())
    expect(JSON.stringify(records[0].payload)).toBe(JSON.stringify(JSON.parse(payload)))
    expect({}).not.toHaveProperty('polluted')
  })

  it.each<[string, unknown, string, string, string]>([
    ['a number', 7, '', '', 'is no JSON object'],
    ['null', null, '', '', 'is no JSON object'],
    ['a list', [], '', '', 'is no JSON object'],
    ['text', 'x', '', '', 'is no JSON object'],
    ['an empty object', {}, '', '', 'has no valid kind'],
    ['a path as kind', { ...sentRecord('a'), kind: '../x' }, '../x', 'a', 'has no valid kind'],
    ['__proto__ as kind', { ...sentRecord('a'), kind: '__proto__' }, '__proto__', 'a', 'has no valid kind'],
    ['a path as id', sentRecord('../../x'), 'reservation', '../../x', 'unsafe record_id'],
    ['a newline in the id', sentRecord('a\n'), 'reservation', 'a', 'unsafe record_id'],
    ['an id of 129 characters', sentRecord('a'.repeat(129)), 'reservation', 'a'.repeat(128), 'unsafe record_id'],
    ['a number as id', { ...sentRecord('a'), record_id: 5 }, 'reservation', '', 'unsafe record_id'],
    ['no payload', { ...sentRecord('a'), payload: undefined }, 'reservation', 'a', 'payload that is no JSON object'],
    ['a list as payload', { ...sentRecord('a'), payload: [] }, 'reservation', 'a', 'payload that is no JSON object'],
    ['a number as run id', { ...sentRecord('a'), run_id: 1 }, 'reservation', 'a', 'run_id that is no text'],
    ['a run id of 257 characters', sentRecord('a', { run_id: 'r'.repeat(257) }), 'reservation', 'a', 'run_id over 256'],
    ['a zero byte in the run id', sentRecord('a', { run_id: 'r\0' }), 'reservation', 'a', 'control characters'],
    [
      'half a character in the run id',
      sentRecord('a', { run_id: 'r\ud800' }),
      'reservation',
      'a',
      'control characters',
    ],
    ['no time as expiry', sentRecord('a', { expires_at: 'soon' }), 'reservation', 'a', 'no timestamp'],
    [
      'a payload over 256 KiB',
      sentRecord('a', { payload: { text: 'x'.repeat(MAX_PAYLOAD_BYTES) } }),
      'reservation',
      'a',
      `${MAX_PAYLOAD_BYTES} are the limit`,
    ],
    [
      'a payload over 256 KiB in bytes but not in characters',
      sentRecord('a', { payload: { text: '€'.repeat(100_000) } }),
      'reservation',
      'a',
      'has a payload of 300011 bytes',
    ],
  ])('rejects %s by itself and takes the others', async (_, bad, kind, recordId, reason) => {
    const { slug, status, answer } = await push({ records: [sentRecord('before'), bad, sentRecord('after')] })
    expect(status).toBe(200)
    expect(answer).toMatchObject({
      inserted: 2,
      rejected: [{ kind, record_id: recordId, reason: expect.stringContaining(reason) }],
    })
    expect((await pull(slug)).records.map((record) => record.record_id)).toEqual(['before', 'after'])
  })

  it('takes a payload of exactly 256 KiB', async () => {
    const text = 'x'.repeat(MAX_PAYLOAD_BYTES - '{"text":""}'.length)
    expect((await push({ records: [sentRecord('a', { payload: { text } })] })).answer).toMatchObject({ inserted: 1 })
  })

  it.each([
    ['payload', /is nested/, (deep: string) => `{"kind":"task","record_id":"d","run_id":"","payload":{"a":${deep}}}`],
    [
      'record id',
      /bytes around its payload/,
      (deep: string) => `{"kind":"task","record_id":${deep},"run_id":"","payload":{}}`,
    ],
  ])('survives a %s nested a hundred thousand deep', async (_, reason, write) => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000)
    const { answer } = await push(`{"records":[${write(deep)},${JSON.stringify(sentRecord('ok'))}]}`)
    expect(answer).toMatchObject({ inserted: 1, rejected: [{ reason: expect.stringMatching(reason) }] })
  })

  it('takes 1,000 records and refuses 1,001', async () => {
    expect((await push({ records: sentRecords(1000) })).answer).toMatchObject({ inserted: 1000 })
    const refused = await push({ records: sentRecords(1001) })
    expect(refused).toMatchObject({ status: 413, answer: { status: 'too_large' } })
    expect(refused.answer.detail).toContain('1001 records is over the limit of 1000')
  })

  it.each<[string, unknown, string]>([
    ['half a JSON document', '{"records":[', 'no valid JSON'],
    ['no JSON at all', 'hello', 'no valid JSON'],
    ['a byte that is not UTF-8', Buffer.from('{"records":["\xff"]}', 'latin1'), 'no valid UTF-8'],
    ['an empty body', '', 'no valid JSON'],
    ['null', 'null', 'body must be object'],
    ['a list', '[]', 'body must be object'],
    ['no records', {}, "required property 'records'"],
    ['records that are no list', { records: { a: 1 } }, 'body.records must be array'],
    ['records that are a number', { records: 5 }, 'body.records must be array'],
    ['an unknown merge rule', { records: [], kinds: { clam: { merge: 'newest' } } }, 'body.kinds.clam.merge'],
    ['a kind that is no name', { records: [], kinds: { '../x': { merge: 'once' } } }, 'no name of a kind'],
    ['kinds that are a list', { records: [], kinds: [] }, 'body.kinds must be object'],
  ])('answers %s with 400 and a sentence', async (_, body, detail) => {
    const { status, answer } = await push(body)
    expect({ status, answer }).toMatchObject({ status: 400, answer: { status: 'bad_args' } })
    expect(answer.detail).toContain(detail)
  })

  it.each([
    ['what is no gzip', Buffer.from('{"records":[]}')],
    ['a gzip that ends early', gzipSync(JSON.stringify({ records: sentRecords(9) })).subarray(0, -20)],
  ])('answers %s with 400', async (_, body) => {
    const { status, answer } = await push(body, { headers: { 'content-encoding': 'gzip' } })
    expect({ status, answer }).toMatchObject({ status: 400, answer: { status: 'bad_args' } })
    expect(answer.detail).toContain('no gzip')
  })

  it('stops a gzip bomb while it decodes it', async () => {
    const member = gzipSync(Buffer.alloc(16 * 1024 * 1024))
    const bomb = Buffer.concat(Array.from({ length: 64 }, () => member)) // 1 GiB when decoded
    const before = process.memoryUsage().rss
    const { status, answer } = await push(bomb, { headers: { 'content-encoding': 'gzip' } })
    expect({ status, answer }).toMatchObject({ status: 413, answer: { status: 'too_large' } })
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024)
  })

  it('answers a body of 17 MB with 413', async () => {
    const { status, answer } = await push(Buffer.alloc(17_000_000, 0x20))
    expect({ status, answer }).toMatchObject({ status: 413, answer: { status: 'too_large' } })
  })

  it.each([
    ['content-encoding', 'br', 'gzip is'],
    ['content-type', 'text/plain', 'application/json is'],
    ['content-type', 'application/x-www-form-urlencoded', 'application/json is'],
  ])('answers the %s %s with 415', async (header, value, detail) => {
    const { status, answer } = await push({ records: [] }, { headers: { [header]: value } })
    expect({ status, answer }).toMatchObject({ status: 415, answer: { status: 'unsupported' } })
    expect(answer.detail).toContain(detail)
  })

  it('gives ids in commit order to writers that push at once', async () => {
    const { slug } = await push({ records: [] })
    const batches = Array.from({ length: 20 }, (_, writer) => ({ records: sentRecords(10, `w${writer}-`) }))
    await Promise.all(batches.map((batch) => push(batch, { slug })))
    const { records, cursor } = await pull(slug)
    expect(records.map((record) => record.id)).toEqual(Array.from({ length: 200 }, (_, index) => index + 1))
    expect(cursor).toBe(200)
  })
})
