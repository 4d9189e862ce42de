import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from 'pg'
import type { OwnConnection } from './database.js'

/** Pauses between tries to get a connection back. */
const RETRY_MILLISECONDS = { first: 50, most: 2_000 }

/**
 * How often a silent connection is asked whether it still is one, and how long the answer may take. Of one whose packets vanish
 * nothing else is heard. Together they stay below five seconds.
 */
const ALIVE_MILLISECONDS = 2_000
const ALIVE_QUESTION = { text: 'SELECT 1', query_timeout: 2_000 }

/** A connection that is made again whenever it breaks, until it is no longer wanted. */
export class HeldConnection {
  /** Resolves or rejects with the first try to connect; when that fails, there are no others. */
  readonly ready: Promise<void>
  readonly #connect: () => Promise<OwnConnection>
  readonly #onRegained: () => void
  readonly #ending = new AbortController()
  readonly #ended: Promise<void>

  /** @param onRegained called each time that the connection is there again after it was not */
  constructor(connect: () => Promise<OwnConnection>, onRegained: () => void) {
    this.#connect = connect
    this.#onRegained = onRegained
    const first = connect()
    this.ready = first.then(() => undefined)
    this.#ended = first.then(
      (connection) => this.#hold(connection),
      () => undefined, // told by `ready`
    )
  }

  async end(): Promise<void> {
    this.#ending.abort()
    await this.#ended
  }

  async #hold(first: OwnConnection): Promise<void> {
    for (let connection: OwnConnection | null = first; connection !== null; ) {
      await this.#whileAlive(connection.client)
      // One that is broken cannot say goodbye either.
      await connection.end().catch(() => undefined)
      connection = await this.#regain()
      if (connection !== null) this.#onRegained()
    }
  }

  async #regain(): Promise<OwnConnection | null> {
    const { signal } = this.#ending
    for (let pause = RETRY_MILLISECONDS.first; !signal.aborted; pause = Math.min(pause * 2, RETRY_MILLISECONDS.most)) {
      try {
        return await this.#connect()
      } catch {
        // Still away. Whoever uses the database otherwise is told so by what fails there.
        await sleep(pause, undefined, { signal }).catch(() => undefined)
      }
    }
    return null
  }

  /** Resolves when the connection has broken, or is to end. */
  #whileAlive(client: Client): Promise<void> {
    const { signal } = this.#ending
    return new Promise((resolve) => {
      const asking = setInterval(() => client.query(ALIVE_QUESTION).catch(end), ALIVE_MILLISECONDS)
      function end() {
        clearInterval(asking)
        // It outlives each connection.
        signal.removeEventListener('abort', end)
        resolve()
      }
      client.once('end', end)
      signal.addEventListener('abort', end)
      if (signal.aborted) end()
    })
  }
}
