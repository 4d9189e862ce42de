import { doubtHub, type HubPin, hubPinOf, ifWritable, rememberHub } from '../../auth/hub-pins.js'
import { pinOf } from '../../auth/pins.js'
import { fingerprintOf } from '../../auth/public-key.js'
import type { Environment } from '../../base/environment.js'
import { coordError } from '../../base/errors.js'
import type { HubUrl } from '../../record/hub-url.js'
import type { Fetch, FetchedResponse } from '../http-fetch.js'
import { askHubKey, provenKey } from './ask-hub-key.js'

/** What says no more than that there is no answer now, or that the body was too large: a proxy may say it in the hub's place. */
const OF_PROXIES: ReadonlySet<number> = new Set([408, 413, 429])

/**
 * Whether the hub at an address is the one that was met there before. It is known by its own key from the first answer on that
 * proves one; each later answer has to prove the same. Who answers in its place is found out by the answer to the first request,
 * before anything of it is believed. From then on, and after nobody has answered at all, it is asked who it is before it is sent
 * anything that is signed.
 *
 * A hub whose certificate is pinned needs none of this: the connection itself proves it, before anything is sent.
 */
export class KnownHub {
  readonly #env: Environment
  readonly #hub: HubUrl
  #pin: HubPin | null

  private constructor(env: Environment, hub: HubUrl) {
    this.#env = env
    this.#hub = hub
    this.#pin = hubPinOf(env, hub)
  }

  /**
   * `null`: there is nothing to know it by. Throws `PINS_INVALID`, `IDENTITY_INVALID`, `LINK_REFUSED`.
   */
  static at(env: Environment, hub: HubUrl): KnownHub | null {
    const isPinnedOtherwise = hub.origin.startsWith('https:') && pinOf(env, hub) !== null
    // What travels in the open proves nothing to anybody who is not sure of the network.
    return isPinnedOtherwise || !hub.isSafeForCredentials ? null : new KnownHub(env, hub)
  }

  /** Asks a hub that is doubted who it is, without a signature. Rejects with `HUB_IDENTITY`, and as the `fetch` does. */
  async assure(fetch: Fetch, signal: AbortSignal): Promise<void> {
    if (this.#pin?.isDoubted) this.#judge(await askHubKey(fetch, this.#hub, signal))
  }

  /**
   * Notes that nobody listens at the address, where the connection itself proves nothing: whoever takes it next may be anybody, and
   * is asked who it is.
   */
  missed(error: unknown): void {
    const isRefused = (error as { code?: unknown } | null)?.code === 'ECONNREFUSED'
    if (this.#pin === null || this.#pin.isDoubted || !isRefused || this.#hub.origin.startsWith('https:')) return
    ifWritable(() => doubtHub(this.#env, this.#hub, true))
    this.#pin = { ...this.#pin, isDoubted: true }
  }

  /** Judges an answer, of which nothing has been believed yet. Throws `HUB_IDENTITY`. */
  check(response: Pick<FetchedResponse, 'headers' | 'status'>, nonceHex: string): void {
    const { status } = response
    const shown = provenKey(response, this.#hub, nonceHex)
    if (shown === null && (status >= 500 || OF_PROXIES.has(status))) return
    this.#judge(shown)
  }

  #judge(shown: string | null): void {
    if (this.#pin === null) {
      if (shown === null) return
      this.#pin = ifWritable(() => rememberHub(this.#env, this.#hub, shown)) ?? { key: shown, isDoubted: false }
    }
    // Whoever runs for long learns here that its user has trusted another one meanwhile.
    if (shown !== this.#pin.key) this.#pin = hubPinOf(this.#env, this.#hub) ?? this.#pin
    const isDoubted = shown !== this.#pin.key
    if (isDoubted !== this.#pin.isDoubted) {
      ifWritable(() => doubtHub(this.#env, this.#hub, isDoubted))
      this.#pin = { ...this.#pin, isDoubted }
    }
    if (isDoubted) {
      const name = shown === null ? 'no key' : fingerprintOf(shown)
      throw coordError('HUB_IDENTITY', this.#hub.base, fingerprintOf(this.#pin.key), name)
    }
  }
}
