import { gzipSync } from 'node:zlib'
import { startHub } from '../../support/start-hub.js'
import { checkAnswer } from '../promises.js'
import type { Target } from '../target.js'

const LEASE = { kind: 'claim', record_id: 't1', run_id: 'r1', payload: { task_id: 't1', run_id: 'r1' } }
const HOLD = { kind: 'reservation', record_id: '0b9d1c1e-6a5d-4a0e-9f9e-3c2b8f1d7a10', run_id: 'r1', expires_at: null }
const PAYLOAD = { reservation_id: HOLD.record_id, addresses: ['src/a.ts', 'src/**'], note: 'ü', n: 1.5e3, deep: [[{}]] }

/** Pushes, signed over whatever they are: what a member may send. */
export const bodies: Target = {
  name: 'bodies',
  seeds: [
    JSON.stringify({ records: [{ ...HOLD, payload: PAYLOAD }] }),
    JSON.stringify({ records: [{ ...LEASE, expires_at: '2027-01-01T00:00:00Z', after: null, revision: 1 }] }),
    JSON.stringify({
      records: Array.from({ length: 20 }, (_, n) => ({ ...HOLD, record_id: `r${n}`, payload: PAYLOAD })),
      kinds: { reservation: { merge: 'once' }, claim: { merge: 'lease' }, note: { merge: 'latest' } },
    }),
  ],
  words: [
    'records',
    'kinds',
    'merge',
    'lease',
    'latest',
    'once',
    'payload',
    'expires_at',
    'token',
    'after',
    'revision',
    'run_id',
  ],
  async start() {
    const hub = await startHub()
    const signer = await hub.register('ow')
    const put = await signer.fetch('/ow/sp/coord/push', { method: 'POST', body: { records: [] } })
    checkAnswer(put.status, await put.text())
    let count = 0
    return {
      async take(input) {
        const isPacked = count++ % 4 === 0
        const answer = await signer.fetch('/ow/sp/coord/push', {
          method: 'POST',
          body: isPacked ? gzipSync(input) : input,
          headers: isPacked ? { 'content-encoding': 'gzip' } : {},
        })
        const text = await answer.text()
        checkAnswer(answer.status, text)
        if (count % 50 !== 0) return
        // What was taken can be given out again.
        const page = await signer.fetch('/ow/sp/coord/pull?since_id=0&limit=500')
        const given = await page.text()
        checkAnswer(page.status, given)
        JSON.parse(given)
      },
      close: () => hub.close(),
    }
  },
}
