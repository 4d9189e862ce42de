import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { createSecureContext } from 'node:tls'
import type { Clock } from '../base/clock.js'
import { coordError, problemOf } from '../base/errors.js'
import { parseHubUrl } from '../record/hub-url.js'
import type { MergeRule } from '../record/record.js'
import { certificateNames } from './certificate-names.js'
import type { Registration } from './context.js'
import { parseRetention, type Retention } from './retention.js'
import { createHub, type HubOptions } from './server.js'
import { openStore } from './stores/open-store.js'
import { startSweeper } from './sweeper.js'

export interface ServeOptions {
  /** A directory for SQLite, or the URL of a database. */
  readonly store: string
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  readonly publicUrl?: string
  /** Files with certificate and key, PEM. */
  readonly tls?: { readonly certFile: string; readonly keyFile: string }
  readonly registration: Registration
  readonly rules: ReadonlyMap<string, MergeRule>
  /** Addresses or networks of proxies whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[]
  /** How long lapsed records are kept; 30 days when left out. */
  readonly retention?: Retention
  /** The least level that is logged, to stderr, a JSON object a line; left out: nothing is. */
  readonly logLevel?: string
  readonly clock: Clock
  /** Aborted: the hub drains and the call resolves. */
  readonly signal: AbortSignal
}

/** What a hub says once it listens. */
export interface Listening {
  /** Where it is reached from here. */
  readonly url: string
  /** Where the world reaches it; `null`: nowhere else. */
  readonly publicUrl: string | null
  /** Directory or database, without password. */
  readonly store: string
  readonly registration: Registration
}

/**
 * Runs a hub until the signal is aborted; then requests under way are answered and the store is closed.
 *
 * Rejects with `BIND_REFUSED`, `HUB_URL_INVALID`, `TLS_FAILED`, `LISTEN_FAILED` or an error of the store.
 *
 * @param onListening called once, when the hub can be reached
 */
export async function serveHub(options: ServeOptions, onListening: (listening: Listening) => void): Promise<void> {
  const { host, port, publicUrl, signal } = options
  const isPublicSafe = publicUrl !== undefined && parseHubUrl(publicUrl).origin.startsWith('https:')
  if (!isLoopback(host) && options.tls === undefined && !isPublicSafe) throw coordError('BIND_REFUSED', host)
  const tls = options.tls && (await readTls(options.tls))
  const store = await openStore(options.store)
  try {
    const hub = await createHub({
      store,
      clock: options.clock,
      registration: options.registration,
      rules: options.rules,
      trustedProxies: options.trustedProxies,
      processMetrics: true,
      names: [isIP(host) === 6 ? `[${host}]` : host, ...(tls ? certificateNames(tls.cert) : [])],
      ...(publicUrl !== undefined && { publicUrl }),
      ...(tls && { tls }),
      ...(options.logLevel !== undefined && { logger: { level: options.logLevel, stream: process.stderr } }),
    })
    try {
      if (signal.aborted) return
      const url = await hub.listen({ host, port })
      const stopSweeper = startSweeper(store, options.retention ?? parseRetention([]), options.clock, {
        onSwept: (swept) => hub.log('info', 'swept', { swept }),
        onFailed: (problem) => hub.log('error', 'the sweep failed', { problem }),
      })
      onListening({
        url,
        publicUrl: publicUrl ?? null,
        store: withoutPassword(options.store),
        registration: options.registration,
      })
      await aborted(signal)
      await stopSweeper()
    } finally {
      await hub.close()
    }
  } finally {
    await store.close()
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

async function readTls({ certFile, keyFile }: { certFile: string; keyFile: string }): Promise<HubOptions['tls'] & {}> {
  try {
    const [cert, key] = await Promise.all([readFile(certFile, 'utf8'), readFile(keyFile, 'utf8')])
    createSecureContext({ cert, key })
    return { cert, key }
  } catch (error) {
    throw coordError('TLS_FAILED', certFile, keyFile, problemOf(error))
  }
}

function withoutPassword(store: string): string {
  if (!/^[a-z]+:\/\//i.test(store)) return store
  const url = new URL(store)
  url.password = ''
  url.search = ''
  return url.href
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
