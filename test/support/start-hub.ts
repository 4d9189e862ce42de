import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { signRequest } from '../../src/auth/msign.js'
import { fingerprint, rawPublicKey } from '../../src/auth/public-key.js'
import { type Clock, systemClock } from '../../src/base/clock.js'
import type { Identity } from '../../src/hub/stores/identity-directory.js'
import { openStore } from '../../src/hub/stores/open-store.js'
import type { Store } from '../../src/hub/stores/store.js'
import { type HubSettings, type RunningHub, startHub as start } from '../../src/hub.js'
import type { MergeRule } from '../../src/record/record.js'

/** The rules of the seven built-in kinds, as `hub serve` would hand them over. */
const BUILT_IN_RULES: ReadonlyMap<string, MergeRule> = new Map([
  ['reservation', 'once'],
  ['heartbeat', 'latest'],
  ['intent', 'once'],
  ['release', 'once'],
  ['dependency', 'once'],
  ['task', 'once'],
  ['claim', 'lease'],
])

const CENTURY_SECONDS = 100 * 366 * 24 * 3600

export interface StartedHub {
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  readonly store: Store
  readonly clock: Clock
  /** Makes a key and registers it under a handle, without the ceremony of the network. */
  register(handle: string, type?: Identity['type']): Promise<Signer>
  readonly reloadCertificate: RunningHub['reloadCertificate']
  /** Stops the hub, closes its store unless it was handed in, and removes its directory. */
  close(): Promise<void>
}

/** Somebody who can sign requests to one hub. */
export interface Signer {
  /** The hub's. */
  readonly url: string
  readonly handle: string
  readonly privateKey: KeyObject
  readonly identity: Identity
  /** The value of the `Authorization` header for one request. */
  authorize(path: string, options?: SignedFetchOptions): string
  /** Signs and sends one request. */
  fetch(path: string, options?: SignedFetchOptions): Promise<Response>
}

export interface SignedFetchOptions {
  method?: string
  /** Anything but text and bytes is sent as JSON. */
  body?: unknown
  headers?: Record<string, string>
  /** Unix time of the signature, seconds; now by the hub's clock when left out. */
  at?: number
  /** Signed instead of the hub's own host. */
  host?: string
}

export type StartOptions = Omit<HubSettings, 'store'> & { readonly store?: Store }

/** A real hub on a free port of the loopback, on SQLite in a directory of its own unless a store is handed in. */
export async function startHub(options: StartOptions = {}): Promise<StartedHub> {
  const directory = options.store ? null : await mkdtemp(join(tmpdir(), 'muse-hub-'))
  // Some tests work as another user, and the hub in their process with them: it looks there for its files.
  if (directory !== null) await chmod(directory, 0o755)
  const clock = options.clock ?? systemClock
  const store = options.store ?? (await openStore(directory as string, clock))
  // Tests name ends that will not come in their lifetime.
  const limits = { leaseSeconds: CENTURY_SECONDS, ...options.limits }
  const hub = await start({ rules: BUILT_IN_RULES, ...options, limits, store, clock })
  const { url } = hub
  return {
    url,
    store,
    clock,
    reloadCertificate: hub.reloadCertificate,
    async register(handle, type = 'agent') {
      const { privateKey } = generateKeyPairSync('ed25519')
      const raw = rawPublicKey(privateKey)
      const identity = { handle, fingerprint: fingerprint(raw), publicKey: raw.toString('base64'), type }
      if (!(await store.register(identity))) throw new Error(`${handle} is taken`)
      return createSigner(url, clock, identity, privateKey)
    },
    async close() {
      await hub.stop()
      if (directory === null) return
      await store.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** Signs requests to a hub with a key, registered there or not. */
export function createSigner(url: string, clock: Clock, identity: Identity, privateKey: KeyObject): Signer {
  const authorize = (target: string, { method = 'GET', body, at, host }: SignedFetchOptions = {}): string => {
    const timestamp = at ?? Math.floor(clock.now() / 1000)
    const signed = { method, host: host ?? new URL(url).host, target, timestamp, body: bytesOf(body) ?? '' }
    return signRequest(signed, identity.handle, privateKey)
  }
  return {
    url,
    handle: identity.handle,
    privateKey,
    identity,
    authorize,
    fetch(path, options = {}) {
      const body = bytesOf(options.body)
      return fetch(url + path, {
        method: options.method ?? 'GET',
        headers: {
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...options.headers,
          authorization: authorize(path, options),
        },
        ...(body !== undefined && { body }),
      })
    },
  }
}

function bytesOf(body: unknown): string | Uint8Array<ArrayBuffer> | undefined {
  if (body === undefined || typeof body === 'string') return body
  return body instanceof Uint8Array ? new Uint8Array(body) : JSON.stringify(body)
}
