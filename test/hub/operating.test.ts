import { PassThrough } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv } from 'ajv'
import { cleanUp } from '../support/clean-up.js'
import { type Signer, type StartedHub, startHub } from '../support/start-hub.js'
import { sentRecord, sentRecords } from './records.js'

describe('operating a hub', () => {
  let hub: StartedHub
  let gabriel: Signer
  let log = ''

  beforeAll(async () => {
    const stream = new PassThrough()
    stream.on('data', (chunk: Buffer) => {
      log += chunk.toString()
    })
    hub = await startHub({ logger: { level: 'info', stream }, processMetrics: true })
    gabriel = await hub.register('gabriel')
  })
  afterAll(() => hub.close())

  describe('/openapi.json', () => {
    let document: { paths: Record<string, Record<string, { operationId?: string; responses: object }>> }

    beforeAll(async () => {
      document = (await (await fetch(`${hub.url}/openapi.json`)).json()) as typeof document
    })

    it('is an OpenAPI 3.1 document', async () => {
      const { valid, errors } = await new Validator().validate(document as never)
      expect(errors).toBeUndefined()
      expect(valid).toBe(true)
    })

    it('describes every route, and gives each operation a name of its own', () => {
      const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
        Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
      )
      expect(operations.sort()).toEqual([
        'DELETE /api/auth/invites/{id}',
        'DELETE /api/auth/keys/{fingerprint}',
        'DELETE /api/repos/{owner}/{slug}/invites/{id}',
        'DELETE /api/repos/{owner}/{slug}/members/{handle}',
        'GET /',
        'GET /api/auth/invites',
        'GET /api/auth/keys',
        'GET /api/auth/usage',
        'GET /api/repos/{owner}/{slug}',
        'GET /api/repos/{owner}/{slug}/invites',
        'GET /api/repos/{owner}/{slug}/log',
        'GET /health',
        'GET /healthz',
        'GET /metrics',
        'GET /readyz',
        'GET /{owner}/{slug}/coord/pull',
        'GET /{owner}/{slug}/coord/watch',
        'POST /api/auth/challenge',
        'POST /api/auth/invites',
        'POST /api/auth/revoke',
        'POST /api/auth/rotate',
        'POST /api/auth/verify',
        'POST /api/repos/{owner}/{slug}/invites',
        'POST /{owner}/{slug}/coord/push',
        'PUT /api/repos/{owner}/{slug}',
        'PUT /api/repos/{owner}/{slug}/kinds/{kind}',
        'PUT /api/repos/{owner}/{slug}/members/{handle}',
      ])
      const names = Object.values(document.paths).flatMap((methods) => Object.values(methods).map((o) => o.operationId))
      expect(names).not.toContain(undefined)
      expect(new Set(names).size).toBe(names.length)
    })
  })

  describe('what /openapi.json says of answers', () => {
    const validator = new Ajv({ strict: false })

    interface Described {
      content: Record<string, { schema: object }>
    }

    async function describedAnswer(path: string, method: string, status: string) {
      const { paths } = (await (await fetch(`${hub.url}/openapi.json`)).json()) as {
        paths: Record<string, Record<string, { responses: Record<string, Described> }>>
      }
      return validator.compile(paths[path]?.[method]?.responses[status]?.content['application/json']?.schema ?? false)
    }

    it('is so, for a push, a pull, a space and an error', async () => {
      const lease = sentRecord('t', { kind: 'claim', expires_at: '2099-01-01T00:00:00Z' })
      const body = { records: [sentRecord('a'), lease, 'bad', { ...lease, run_id: 'run-2' }] }
      const pull = '/{owner}/{slug}/coord/pull'
      for (const [path, method, answer] of [
        [
          '/{owner}/{slug}/coord/push',
          'post',
          await gabriel.fetch('/gabriel/described/coord/push', { method: 'POST', body }),
        ],
        [pull, 'get', await gabriel.fetch('/gabriel/described/coord/pull')],
        [pull, 'get', await gabriel.fetch('/gabriel/described/coord/pull?limit=x')],
        ['/api/repos/{owner}/{slug}', 'get', await gabriel.fetch('/api/repos/gabriel/described')],
      ] as const) {
        const validate = await describedAnswer(path, method, answer.ok ? '200' : '4XX')
        const answered = await answer.json()
        validate(answered)
        expect({ path, answered, errors: validate.errors }).toEqual({ path, answered, errors: null })
      }
    })
  })

  describe('/metrics', () => {
    async function metrics(): Promise<Map<string, number>> {
      const answer = await fetch(`${hub.url}/metrics`)
      expect(answer.headers.get('content-type')).toContain('text/plain; version=0.0.4')
      const lines = (await answer.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
      for (const line of lines) expect(line).toMatch(/^[a-z_][a-z0-9_]*(\{.*\})? ([Nn]a[Nn]|[+-]?[0-9.e+-]+)$/)
      return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]))
    }

    it('counts records by what became of them, pulled ones, refused signatures and requests by route', async () => {
      const before = await metrics()
      const path = '/gabriel/counted/coord/push'
      const body = { records: [...sentRecords(3), sentRecord('r0', { payload: { other: 1 } }), 'nothing'] }
      await gabriel.fetch(path, { method: 'POST', body })
      await gabriel.fetch(path, { method: 'POST', body: { records: sentRecords(2) } })
      await gabriel.fetch('/gabriel/counted/coord/pull?limit=2')
      await gabriel.fetch('/gabriel/counted/coord/pull', { host: 'elsewhere' })
      const after = await metrics()
      const growth = (name: string) => (after.get(name) ?? 0) - (before.get(name) ?? 0)
      const records = (outcome: string) => growth(`muse_hub_pushed_records_total{outcome="${outcome}"}`)
      expect(['inserted', 'updated', 'skipped', 'conflict', 'rejected'].map(records)).toEqual([3, 0, 2, 1, 1])
      expect(growth('muse_hub_pulled_records_total')).toBe(2)
      expect(growth('muse_hub_refused_signatures_total')).toBe(1)
      const route = 'route="/:owner/:slug/coord/push"'
      expect(growth(`muse_hub_request_duration_seconds_count{method="POST",${route},status="200"}`)).toBe(2)
      expect(after.get('muse_hub_watch_streams')).toBe(0)
      expect(after.get('process_resident_memory_bytes')).toBeGreaterThan(1e6)
    })

    it('counts leases that were refused, passed over, and that had run out', async () => {
      let now = Date.parse('2126-03-18T12:00:00Z')
      const own = await startHub({ clock: { now: () => now } })
      cleanUp(() => own.close())
      const ada = await own.register('ada')
      const claim = (id: string, runId: string, token: number | null, seconds: number) => ({
        ...{ kind: 'claim', record_id: id, run_id: runId, token, payload: { by: runId } },
        expires_at: new Date(now + seconds * 1000).toISOString(),
      })
      const send = (body: object) => ada.fetch('/ada/leased/coord/push', { method: 'POST', body })
      await send({ records: [claim('t1', 'a', null, 10), claim('t2', 'a', null, 60), claim('t4', 'a', null, 10)] })
      await send({ records: [{ ...claim('t4', 'a', 1, -1000), revision: 1 }] })
      await send({ records: [claim('t2', 'b', null, 60)] })
      await send({ first: true, records: [claim('t2', 'c', null, 60), claim('t3', 'c', null, 60)] })
      now += 20_000
      // One has run out, the other was given back.
      await send({ records: [claim('t1', 'b', 1, 60), claim('t4', 'b', 1, 60)] })
      const text = await (await fetch(`${own.url}/metrics`)).text()
      const counts = text.split('\n').filter((line) => line.startsWith('muse_hub_contested_leases_total{'))
      expect(counts.map((line) => line.replace('muse_hub_contested_leases_total', '')).sort()).toEqual([
        '{outcome="passed_over"} 1',
        '{outcome="ran_out"} 1',
        '{outcome="refused"} 1',
      ])
    })

    it('keep their number, whatever is asked for', async () => {
      // Node's own come with each sort of garbage collection that there was.
      const count = async () => [...(await metrics()).keys()].filter((name) => !name.startsWith('nodejs_')).length
      const before = await count()
      for (let index = 0; index < 20; index++) await fetch(`${hub.url}/nothing/here/${index}`)
      const after = await count()
      for (let index = 0; index < 20; index++) await fetch(`${hub.url}/other/things/${index}?x=${index}`)
      expect(await count()).toBe(after)
      expect(after - before).toBeLessThan(40)
    })
  })

  describe('the log', () => {
    it('has a line a request, with the id that the answer bears, and no secret', async () => {
      const authorization = gabriel.authorize('/api/repos/gabriel/logged')
      const answer = await gabriel.fetch('/api/repos/gabriel/logged')
      await fetch(`${hub.url}/api/auth/challenge`, { method: 'POST', body: 'secret' })
      const lines = log
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>)
      const line = lines.find(({ reqId }) => reqId === answer.headers.get('x-request-id'))
      expect(line).toMatchObject({
        method: 'GET',
        url: '/api/repos/gabriel/logged',
        status: 404,
        milliseconds: expect.any(Number),
        address: '127.0.0.1',
        handle: 'gabriel',
        msg: 'answered',
      })
      expect(log).not.toContain(/sig="(.*)"/.exec(authorization)?.[1] ?? '')
      expect(log).not.toContain('MSign')
      expect(log).not.toContain('secret')
    })
  })
})
