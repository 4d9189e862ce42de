import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { createSecureContext } from 'node:tls'
import { systemClock } from '../base/clock.js'
import { coordError, problemOf } from '../base/errors.js'
import { parseHubUrl } from '../record/hub-url.js'
import { certificateNames } from './certificate-names.js'
import type { Registration } from './context.js'
import { parseRetention, type Retention } from './retention.js'
import { createHub, type HubOptions } from './server.js'
import { openStore } from './stores/open-store.js'
import type { Store } from './stores/store.js'
import { startSweeper } from './sweeper.js'

/** What a hub is started with; all but the store can be left out. */
export interface HubSettings extends Partial<Omit<HubOptions, 'store' | 'tls' | 'names'>> {
  /** A directory for SQLite, the URL of a database, or an open store, which stays the caller's and has its own clock. */
  readonly store: string | Store
  /** Address to listen on; `127.0.0.1` when left out. Beyond the loopback the hub wants TLS, its own or a proxy's. */
  readonly host?: string
  /** 0, which takes a free one, when left out. */
  readonly port?: number
  /** Files with certificate and key, PEM; left out: plain http. */
  readonly tls?: { readonly certFile: string; readonly keyFile: string }
  /** How long lapsed records are kept; 30 days when left out. */
  readonly retention?: Retention
}

/** A hub that can be reached. */
export interface RunningHub {
  /** Where it is reached from here: `http://127.0.0.1:1337`. */
  readonly url: string
  /** Where the world reaches it; `null`: nowhere else. */
  readonly publicUrl: string | null
  readonly registration: Registration
  /** Of the key by which clients know this hub again, `sha256:` and hex: the same for all hubs of one store. */
  readonly fingerprint: string
  /**
   * Reads the files of certificate and key anew and shows what they hold from the next connection on; connections that are open
   * live on. Of several calls at once each one waits for those before it. Rejects with `TLS_FAILED`, and goes on with the certificate that it has, where the files cannot be used.
   *
   * @returns until when the certificate is valid, milliseconds since 1970; `null`: the hub speaks plain http
   */
  reloadCertificate(): Promise<number | null>
  /** Takes no more requests, answers those that are under way, closes what it opened, then resolves. */
  stop(): Promise<void>
}

/**
 * Starts a hub in this process: `const hub = await startHub({ store: './muse-hub' })`. Resolves once it can be reached.
 */
export async function startHub(settings: HubSettings): Promise<RunningHub> {
  const { store: spec, host = '127.0.0.1', port = 0, tls: tlsFiles, retention = parseRetention([]), ...rest } = settings
  const { publicUrl, clock = systemClock } = rest
  // What strangers can reach knows only whom somebody has invited.
  const isReachable = !isLoopback(host) || publicUrl !== undefined
  const { registration = isReachable ? 'closed' : 'open' } = rest
  const isPublicSafe = publicUrl !== undefined && parseHubUrl(publicUrl).origin.startsWith('https:')
  if (!isLoopback(host) && tlsFiles === undefined && !isPublicSafe) throw coordError('BIND_REFUSED', host)
  const tls = tlsFiles && (await readTls(tlsFiles))
  const store = typeof spec === 'string' ? await openStore(spec, clock) : spec
  const closeStore = async () => {
    if (store !== spec) await store.close()
  }
  const namesOf = (cert?: string) => [isIP(host) === 6 ? `[${host}]` : host, ...(cert ? certificateNames(cert) : [])]
  try {
    const hub = await createHub({
      rules: new Map(),
      ...rest,
      store,
      clock,
      registration,
      names: namesOf(tls?.cert),
      ...(tls && { tls }),
    })
    try {
      const url = await hub.listen({ host, port })
      const stopSweeper = startSweeper(store, retention, clock, {
        onSwept: (swept) => hub.log('info', 'swept', { swept }),
        onFailed: (fault) => hub.log('error', 'the sweep failed', { reason: fault }),
      })
      let stopping: Promise<void> | undefined
      const stop = () => {
        // At once: who is served waits for no sweep.
        stopping ??= Promise.all([hub.close(), stopSweeper()])
          .then(() => undefined)
          .finally(closeStore)
        return stopping
      }
      const reload = async () => {
        if (tlsFiles === undefined) return null
        const read = await readTls(tlsFiles)
        hub.showCertificate(read, namesOf(read.cert))
        return Date.parse(new X509Certificate(read.cert).validTo)
      }
      let reloading: Promise<unknown> = Promise.resolve()
      const reloadCertificate = () => {
        const reloaded = reloading.then(reload)
        reloading = reloaded.catch(() => {}) // Told to its own caller.
        return reloaded
      }
      const { fingerprint } = hub
      return { url, publicUrl: publicUrl ?? null, registration, fingerprint, reloadCertificate, stop }
    } catch (error) {
      await hub.close()
      throw error
    }
  } catch (error) {
    await closeStore()
    throw error
  }
}

/** @param host as it stands in an address, or bare */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || (isIP(host) === 4 && host.startsWith('127.'))
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
