import type { Identities } from '../auth/identities.js'
import { type Identity, loadIdentity } from '../auth/identity-file.js'
import type { Clock } from '../base/clock.js'
import { endingWith } from '../base/ending-with.js'
import type { Environment } from '../base/environment.js'
import { CoordError, coordError } from '../base/errors.js'
import type { HubUrl } from '../record/hub-url.js'
import { answerTimeout, DEFAULT_TIMEOUT_SECONDS } from './answer-timeout.js'
import type { Signer } from './attempt.js'
import { createHttpFetch, type Fetch } from './http-fetch.js'
import { HubClient } from './hub-client.js'
import { noAnswer } from './hub-error.js'
import { askHubKey } from './identity/ask-hub-key.js'
import { KnownHub } from './identity/known-hub.js'
import type { SeenPositions } from './seen-positions.js'

/** The DI token of the {@link Fetch} that requests to hubs go through; without one they go through Node's own HTTP client. */
export const FETCH: symbol = Symbol.for('muse-coord.fetch')

/** The DI token of the {@link HubConnector}. */
export const HUB_CONNECTOR: symbol = Symbol.for('muse-coord.hub-connector')

export interface ConnectOptions {
  /** Holds the identities, the time limit and the proxies. */
  readonly env: Environment
  /** Ends every request. */
  readonly signal?: AbortSignal | undefined
  /** For each answer of the hub; `MUSE_COORD_TIMEOUT` or 30 when left out. */
  readonly timeoutSeconds?: number | undefined
  /** Makes another way of the one that requests take. */
  readonly around?: ((fetch: Fetch) => Fetch) | undefined
  /** Remembers where the spaces of this hub ended. */
  readonly positions?: SeenPositions | undefined
}

/** Makes clients of hubs out of what the application has registered. */
export class HubConnector {
  constructor(
    private readonly clock: Clock,
    private readonly fetch?: Fetch,
    private readonly identities?: Identities,
  ) {}

  /**
   * A client that signs with the identity for its host.
   *
   * @param mustSign refuses to work without an identity; else requests then go unsigned
   */
  connect(hub: HubUrl, options: ConnectOptions, mustSign = false): HubClient {
    const signer = this.identity(options.env, hub)
    if (signer === null && mustSign) throw coordError('NO_IDENTITY', hub.host, hub.base)
    return this.connectAs(signer, hub, options)
  }

  /** A client that signs with a key, or with `null` not at all. */
  connectAs(signer: Signer | null, hub: HubUrl, options: ConnectOptions): HubClient {
    const { env, signal, timeoutSeconds, around = (straight) => straight, positions } = options
    const fetch = around(this.fetchOf(options))
    const { clock } = this
    const known = KnownHub.at(env, hub)
    return new HubClient({
      hub,
      signer,
      clock,
      signal,
      timeoutSeconds: answerTimeout(timeoutSeconds, env),
      fetch,
      known,
      positions,
    })
  }

  /** The key that a hub proves to have now, whatever it is known by: 32 raw bytes in base64; `null`: it proves none. */
  async askHubKey(hub: HubUrl, options: ConnectOptions): Promise<string | null> {
    const { env, signal, timeoutSeconds } = options
    const limit = AbortSignal.timeout((answerTimeout(timeoutSeconds, env) ?? DEFAULT_TIMEOUT_SECONDS) * 1000)
    const ending = endingWith(limit, ...(signal ? [signal] : []))
    try {
      return await askHubKey(this.fetchOf(options), hub, ending.signal)
    } catch (error) {
      if (error instanceof CoordError) throw error
      if (signal?.aborted) throw coordError('INTERRUPTED')
      throw noAnswer(hub.base, error)
    } finally {
      ending.end()
    }
  }

  /** The way that requests take. */
  fetchOf({ env }: Pick<ConnectOptions, 'env'>): Fetch {
    return this.fetch ?? createHttpFetch({ env })
  }

  identity(env: Environment, hub: HubUrl): Identity | null {
    return (this.identities ?? loadIdentity)(env, hub)
  }
}
