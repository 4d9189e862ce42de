import { createHash, createPrivateKey, sign } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import { serveWork } from '../worker.js'
import { claimNextUntil } from './open-tasks.js'

const [url, runId] = process.argv.slice(2)
const { host, hostname, port } = new URL(url)
const target = '/bench/space/coord/push'
const keys = path.join(process.env.HOME, '.muse', 'keys')
const key = createPrivateKey(readFileSync(path.join(keys, readdirSync(keys)[0])))
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
let count = 0

function request(body) {
  const timestamp = Math.floor(Date.now() / 1000)
  const hash = createHash('sha256').update(body).digest('hex')
  const signature = sign(null, Buffer.from(`ed25519\nPOST\n${host}\n${target}\n${timestamp}\nsha256:${hash}`), key)
  const authorization = `MSign handle="bench" alg="ed25519" ts=${timestamp} sig="${signature.toString('base64url')}"`
  const headers = { authorization, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
  return new Promise((resolve, reject) => {
    const sent = http.request({ agent, hostname, port, path: target, method: 'POST', headers }, (response) => {
      let text = ''
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => (response.statusCode === 200 ? resolve(JSON.parse(text)) : reject(new Error(text))))
    })
    sent.on('error', reject).end(body)
  })
}

/** Of a task that nobody else asks for. */
async function claimOwn() {
  const task = `${runId}-${count++}`
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString()
  const payload = { task_id: task, claimer_run_id: runId, status: 'claimed', expires_at: expiresAt }
  const record = { kind: 'claim', record_id: task, run_id: runId, payload, expires_at: expiresAt, token: null }
  const { leases } = await request(JSON.stringify({ records: [record], kinds: { claim: { merge: 'lease' } } }))
  if (leases.length !== 1) throw new Error(`the hub did not grant ${task}`)
  return task
}

serveWork({ ready: claimOwn, claim: (seconds) => claimNextUntil(seconds, claimOwn) })
