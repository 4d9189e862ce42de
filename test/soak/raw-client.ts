import { setTimeout as sleep } from 'node:timers/promises'
import type { Signer } from '../support/start-hub.js'
import type { Ledger } from './ledger.js'

/** What a fault on the way explains; anything else is a surprise. */
const TRANSIENT = new Set([429, 502, 503, 504])
const PAUSE_MS = 25

/** A record in the spelling of the wire. */
export interface WireRecord {
  readonly kind: string
  readonly record_id: string
  readonly run_id: string
  readonly payload: object
  readonly expires_at: string | null
  readonly revision?: number
  readonly after?: number | null
}

export interface WireAnswer {
  readonly inserted: number
  readonly updated: number
  readonly skipped: number
  readonly conflicts: readonly { kind: string; record_id: string; reason: string; revision?: number | null }[]
  readonly rejected: readonly object[]
  readonly leases: readonly { kind: string; record_id: string; token: number; expires_at: string }[]
}

export interface WirePage {
  readonly records: readonly object[]
  readonly cursor: number
  readonly has_more: boolean
}

/** Signs requests and sends them again until they are answered: the protocol, without the client that comes with it. */
export class RawClient {
  readonly #signer: Signer
  readonly #path: string
  readonly #ledger: Ledger

  constructor(signer: Signer, space: string, ledger: Ledger) {
    this.#signer = signer
    this.#path = `/${space}/coord`
    this.#ledger = ledger
  }

  /** Resolves when it is acknowledged, or with `null` once `givesUp` says so after a try that failed. */
  async push(records: readonly WireRecord[], givesUp: () => boolean = () => false): Promise<WireAnswer | null> {
    const answer = await this.#ask<WireAnswer>(`${this.#path}/push`, { method: 'POST', body: { records } }, givesUp)
    if (answer === null) return null
    const { inserted, updated, skipped, conflicts, rejected } = answer
    const told = inserted + updated + skipped + conflicts.length + rejected.length
    if (told !== records.length) this.#ledger.surprises.push(`a push of ${records.length} was answered for ${told}`)
    return answer
  }

  page(sinceId: number, limit: number, givesUp?: () => boolean): Promise<WirePage | null> {
    return this.#ask<WirePage>(`${this.#path}/pull?since_id=${sinceId}&limit=${limit}`, {}, givesUp)
  }

  async #ask<Answer>(
    path: string,
    options: { method?: string; body?: unknown },
    givesUp: () => boolean = () => false,
  ): Promise<Answer | null> {
    for (;;) {
      const answer = await this.#try<Answer>(path, options)
      if (answer !== null) return answer
      if (givesUp()) return null
      await sleep(PAUSE_MS)
    }
  }

  /** `null`: not answered, or not now. */
  async #try<Answer>(path: string, options: { method?: string; body?: unknown }): Promise<Answer | null> {
    let status: number
    let text: string
    try {
      const response = await this.#signer.fetch(path, options)
      status = response.status
      text = await response.text()
    } catch {
      // The connection broke, on the way there or back: whether it was done is what the next try finds out.
      this.#ledger.unanswered++
      return null
    }
    if (status === 200) {
      this.#ledger.answered++
      return JSON.parse(text) as Answer
    }
    this.#ledger.unanswered++
    if (!TRANSIENT.has(status)) this.#ledger.surprises.push(`${path} was answered ${status}: ${text}`)
    return null
  }
}
