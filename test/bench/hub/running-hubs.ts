import type { KeyObject } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fingerprint, rawPublicKey } from '../../../src/auth/public-key.js'
import { systemClock } from '../../../src/base/clock.js'
import type { Identity } from '../../../src/hub/stores/identity-directory.js'
import { newKey, registerKey } from '../../hub/key-proof.js'
import { HubProcess } from '../../soak/hub-process.js'
import { createSigner, type Signer } from '../../support/start-hub.js'

/** Hub processes on one store. */
export interface RunningHubs {
  readonly processes: readonly HubProcess[]
  /** Ada, as she signs to each of them. */
  readonly signers: readonly Signer[]
  /** What signatures name, wherever a request goes. */
  readonly host: string
  close(): Promise<void>
}

/**
 * Starts hubs as operators run them.
 *
 * @param store an address; left out: SQLite in a directory of its own
 */
export async function startHubs(executable: string, count: number, store?: string): Promise<RunningHubs> {
  const directory = mkdtempSync(join(tmpdir(), 'muse-bench-'))
  const place = store ?? join(directory, 'hub')
  // One name for all, as behind a balancer; nothing listens there.
  const publicUrl = `http://127.0.0.1:${await freePort()}`
  const processes = Array.from(
    { length: count },
    () => new HubProcess({ executable, store: place, publicUrl, directory }),
  )
  for (const hub of processes) await hub.start()
  const privateKey = newKey()
  const identity = adaOf(privateKey)
  const { status } = await registerKey(processes[0]?.url as string, 'ada', privateKey)
  if (status !== 200) throw new Error(`the registration was answered ${status}`)
  const { host } = new URL(publicUrl)
  const signers = processes.map(({ url }) => {
    const signer = createSigner(url as string, systemClock, identity, privateKey)
    const authorize: Signer['authorize'] = (path, options) => signer.authorize(path, { ...options, host })
    const fetch: Signer['fetch'] = (path, options) => signer.fetch(path, { ...options, host })
    return { ...signer, authorize, fetch }
  })
  return {
    processes,
    signers,
    host,
    async close() {
      for (const hub of processes) await hub.stop()
      rmSync(directory, { recursive: true })
    },
  }
}

/** Who writes and reads. */
export function adaOf(privateKey: KeyObject): Identity {
  const raw = rawPublicKey(privateKey)
  return { handle: 'ada', fingerprint: fingerprint(raw), publicKey: raw.toString('base64'), type: 'agent' }
}

/** The body of an answer that is as it should be. */
export async function answered<Body>(response: Promise<Response>): Promise<Body> {
  const answer = await response
  if (!answer.ok) throw new Error(`${answer.url} answered ${answer.status}: ${await answer.text()}`)
  return (await answer.json()) as Body
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}
