import fs from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { pull } from '../../../src/sync/pull/pull.js'
import { openWorkspace } from '../open-workspace.js'
import { toldOrThrow } from '../promises.js'
import type { Target } from '../target.js'

const record = (id: number, kind: string, payload: object) => ({
  ...{
    id,
    kind,
    record_id: `r-${id}`,
    run_id: 'r1',
    payload,
    expires_at: '2027-01-01T00:00:00Z',
    author: 'ow',
    token: null,
  },
  received_at: '2026-01-01T00:00:00Z',
})

/** Where a pull may write below `.muse/coordination`. */
const PLACES = /^(\.gitignore|\.sync(\/.*)?|remote(\/[^/]+(\/[^/]+)?)?)$/

/** Pages of a false hub, as a pull reads them and writes their records as files. */
export const pages: Target = {
  name: 'pages',
  seeds: [
    JSON.stringify({
      records: [
        record(1, 'reservation', { reservation_id: 'r-1', addresses: ['a.ts'] }),
        record(2, 'task', { task_id: 'r-2' }),
      ],
      ...{ cursor: 2, has_more: false, epoch: 'e', floor_id: 0, now: '2026-01-01T00:00:00Z' },
    }),
    JSON.stringify({ records: [record(9, 'claim', { task_id: 'r-9', run_id: 'ü' })], cursor: 9, has_more: true }),
  ],
  words: [
    'records',
    'record_id',
    'cursor',
    'has_more',
    'epoch',
    'floor_id',
    'received_at',
    '../../x',
    '.sync',
    'CON',
    'a/b',
    '.',
    '..',
  ],
  async start(directory) {
    let page: Buffer = Buffer.alloc(0)
    const server = http.createServer((request, response) => {
      request.resume()
      response.writeHead(200, { 'content-type': 'application/json' }).end(page)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const { session, coordination } = await openWorkspace(directory, url)
    return {
      async take(input) {
        page = input
        await pull(session, { keepRecords: false }).catch(toldOrThrow)
        const strange = namesIn(coordination).filter((name) => !PLACES.test(name))
        if (strange.length > 0) throw new Error(`written outside of its place: ${strange.join(', ')}`)
        for (const name of ['remote', '.sync'])
          fs.rmSync(path.join(coordination, name), { recursive: true, force: true })
      },
      async close() {
        server.closeAllConnections()
        server.close()
      },
    }
  },
}

function namesIn(directory: string): string[] {
  return fs.readdirSync(directory, { recursive: true, encoding: 'utf8' }).map((name) => name.split(path.sep).join('/'))
}
