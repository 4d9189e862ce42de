import fs from 'node:fs'
import path from 'node:path'
import { check } from '../../../plugins/reserving/check.js'
import { status } from '../../../src/sync/status/status.js'
import { openWorkspace } from '../open-workspace.js'
import { toldOrThrow } from '../promises.js'
import type { Target } from '../target.js'

const ID = '0b9d1c1e-6a5d-4a0e-9f9e-3c2b8f1d7a10'

/** A file that another program has left in the store, in the directory of each kind in turn. */
export const recordFiles: Target = {
  name: 'record-files',
  seeds: [
    JSON.stringify({ reservation_id: ID, run_id: 'r1', addresses: ['src/a.ts'], expires_at: '2099-01-01T00:00:00Z' }),
    JSON.stringify({
      task_id: ID,
      queue: 'main',
      payload: { n: 1 },
      priority: 5,
      depends_on: [ID],
      created_at: '2026-01-01T00:00:00Z',
    }),
    JSON.stringify({ run_id: 'r1', last_seen: '2026-01-01T00:00:00', extended_reservations: [ID], ttl_seconds: 60 }),
    JSON.stringify({
      task_id: ID,
      run_id: 'r1',
      status: 'active',
      claimed_at: '2026-01-01T00:00:00Z',
      ttl_seconds: 60,
    }),
  ],
  words: [
    'reservation_id',
    'addresses',
    'expires_at',
    'task_id',
    'run_id',
    'status',
    'exclusive',
    'place',
    'released_at',
    'depends_on',
  ],
  async start(directory) {
    const { session, coordination } = await openWorkspace(directory)
    const { registry } = session
    let turn = 0
    return {
      async take(input) {
        const kind = registry.all[turn++ % registry.all.length]
        const folder = path.join(coordination, kind?.directory ?? '')
        fs.mkdirSync(folder, { recursive: true })
        fs.writeFileSync(path.join(folder, `${ID}.json`), input)
        for (const ask of [() => check(session, { addresses: ['src/a.ts'] }), () => status(session, {})]) {
          try {
            await ask()
          } catch (thrown) {
            toldOrThrow(thrown)
          }
        }
      },
      async close() {},
    }
  },
}
