import { fork } from 'node:child_process'
import { createPublicKey, type KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { parseAuthorization, verifySignature } from '../../../src/auth/msign.js'
import { systemClock } from '../../../src/base/clock.js'
import { newKey } from '../../hub/key-proof.js'
import { createSigner } from '../../support/start-hub.js'
import { type Contender, PAGE } from './contender.js'
import { throughHub } from './hub-contender.js'
import { postgresRows } from './raw-postgres.js'
import { sqliteRows } from './raw-sqlite.js'
import type { Row } from './rows.js'
import { adaOf } from './running-hubs.js'

const ROWS = { sqlite: () => sqliteRows(true), postgres: (address: string) => postgresRows(address, true) }

/** How the process of a bare hub is told what it is, behind this flag. */
export const BARE_FLAG = '--bare'

interface Wire {
  readonly record_id: string
  readonly run_id: string
  readonly payload: object
  readonly expires_at: string
}

/**
 * What every hub has to do and no more: takes a signed request, proves it, parses its JSON, writes the rows, so that each is found
 * by its record, or reads them, and answers in JSON. It merges nothing, counts for nobody, checks and bounds nothing and tells
 * nobody. How near a hub comes to it says what all of that costs.
 */
export function bareHub(name: string, store: keyof typeof ROWS, address = ''): Contender {
  return {
    name,
    async open() {
      const privateKey = newKey()
      const pem = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }) as string
      const child = fork(process.argv[1] as string, [BARE_FLAG, store, address, pem], { stdio: 'inherit' })
      const [url] = (await once(child, 'message')) as [string]
      return throughHub([createSigner(url, systemClock, adaOf(privateKey), privateKey)], async () => {
        const exited = once(child, 'exit')
        child.disconnect()
        await exited
      })
    },
  }
}

/** In that process. */
export async function serveBare([store, address, pem]: readonly string[]): Promise<void> {
  const rows = await ROWS[store as keyof typeof ROWS](address as string)
  const publicKey = createPublicKey(pem as string)
  const last = new Map<number, number>()
  const server = createServer(async (request, response) => {
    const body = await buffer(request)
    assertSigned(request, body, publicKey)
    const url = new URL(request.url as string, 'http://bare')
    const space = Number(url.pathname.split('/')[2]?.slice(1))
    const answer = request.method === 'POST' ? await take(space, body) : await give(space, url.searchParams)
    response.setHeader('content-type', 'application/json')
    response.end(answer)
  })

  async function take(space: number, body: Buffer): Promise<string> {
    const { records } = JSON.parse(`${await promisify(gunzip)(body)}`) as { records: readonly Wire[] }
    const batch = records.map(
      ({ record_id, run_id, payload, expires_at }): Row => ({
        recordId: record_id,
        runId: run_id,
        payloadJson: JSON.stringify(payload),
        expiresAt: expires_at,
      }),
    )
    const first = (last.get(space) ?? 0) + 1
    last.set(space, first + batch.length - 1)
    await rows.prepare(space, first, batch)()
    return JSON.stringify({ inserted: batch.length })
  }

  async function give(space: number, query: URLSearchParams): Promise<string> {
    const page = await rows.page(space, Number(query.get('since_id')))
    const records = page.map(({ id, payload, ...rest }) => {
      const fields = JSON.stringify({ id: Number(id), ...rest })
      return `${fields.slice(0, -1)},"payload":${payload}}`
    })
    const cursor = Number(page.at(-1)?.id ?? 0)
    return `{"records":[${records.join(',')}],"cursor":${cursor},"has_more":${page.length === PAGE}}`
  }

  await promisify((done: () => void) => server.listen(0, '127.0.0.1', done))()
  process.once('disconnect', () => {
    server.close()
    server.closeAllConnections()
    rows.close()
  })
  process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
}

function assertSigned({ method, headers, url }: IncomingMessage, body: Buffer, publicKey: KeyObject): void {
  const { timestamp, signature } = parseAuthorization(headers.authorization as string)
  const signed = { method: method as string, host: headers.host as string, target: url as string, timestamp, body }
  if (!verifySignature(signed, signature, publicKey)) throw new Error('a request is not signed')
}
