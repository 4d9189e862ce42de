import type { KeyObject } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { signRequest } from '../auth/msign.js'
import type { Clock } from '../base/clock.js'
import { coordError } from '../base/errors.js'
import { compileCheck } from '../base/json/validation.js'
import { quote } from '../base/quote.js'
import type { HubUrl } from '../record/hub-url.js'
import {
  GZIP_FROM_CHARACTERS,
  type PullAnswer,
  type PullQuery,
  paths,
  type Role,
  type Visibility,
} from '../record/protocol.js'
import { toWire } from '../record/wire.js'
import {
  challengeAnswerSchema,
  keyAnswerSchema,
  memberAnswerSchema,
  pullAnswerSchema,
  pushAnswerSchema,
  spaceAnswerSchema,
  verifyAnswerSchema,
} from './answers.js'
import { readCursors } from './event-stream.js'
import { type LenientPushAnswer, readPushAnswer } from './push-answer.js'
import { hubRefusal } from './refusal.js'
import { type HubRequest, type HubResponse, sendHubRequest } from './request.js'

/** Who signs. */
export interface Signer {
  readonly handle: string
  readonly privateKey: KeyObject
}

export interface HubClientOptions {
  readonly hub: HubUrl
  /** Without one requests go unsigned, and only public spaces can be read. */
  readonly signer: Signer | null
  readonly clock: Clock
  /** For a whole answer; 30 when left out. */
  readonly timeoutSeconds?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** What requests go through; Node's own HTTP client when left out. */
  readonly fetch?: typeof globalThis.fetch | undefined
}

/** A pull's answer as it came: the records are still unchecked, in the spelling of the wire. A plain hub leaves things out. */
export type RawPullAnswer = Pick<PullAnswer, 'cursor' | 'floorId'> & {
  records: unknown[]
  hasMore: boolean | undefined
  epoch: string | undefined
}

/** A space as its hub shows it; `members` for its owner and its members only. */
export interface SpaceView {
  owner: string
  slug: string
  visibility: string
  members?: MemberView[]
}

export interface MemberView {
  handle: string
  /** `null`: none any more. */
  role: string | null
}

/** Shows to have a key: its signature over the raw bytes of a nonce. */
export interface KeyProof {
  publicKeyB64: string
  nonceHex: string
  signatureB64: string
}

/** What the registration of a handle needs to say. */
export interface Registration extends KeyProof {
  handle: string
  algorithm: 'ed25519'
  identityType: 'human' | 'agent'
  /** Code of an invitation. */
  invite?: string
}

/**
 * A hub as a client sees it: one method a call, every answer checked before it is used.
 *
 * All methods reject with `HUB_UNREACHABLE`, `HUB_TIMEOUT`, `HUB_REDIRECT`, `HUB_ANSWER`, `HUB_REFUSED`, `HUB_DENIED`,
 * `HUB_UNAVAILABLE`, `HUB_INSECURE` or `INTERRUPTED`.
 */
export class HubClient {
  constructor(private readonly options: HubClientOptions) {}

  /**
   * Sends one batch. It may be sent again safely: a hub skips what it has.
   *
   * @param json the body, see `PushBody`
   * @throws `HUB_TOO_LARGE` also, when the hub takes no batch of this size
   */
  async push(owner: string, slug: string, json: string): Promise<LenientPushAnswer> {
    const isLarge = json.length >= GZIP_FROM_CHARACTERS
    const body = isLarge ? gzipSync(json, { level: 1 }) : Buffer.from(json)
    return readPushAnswer(await this.#call('POST', paths.push(owner, slug), pushAnswerSchema, body, isLarge))
  }

  /** One page. @throws `HUB_CURSOR_AHEAD` also, when the space ends before `sinceId`; `SPACE_HIDDEN` */
  async pull(owner: string, slug: string, query: PullQuery): Promise<RawPullAnswer> {
    const answer = await this.#call<Record<string, unknown>>('GET', paths.pull(owner, slug, query), pullAnswerSchema)
    return {
      records: answer.records as unknown[],
      cursor: answer.cursor as number,
      hasMore: answer.has_more as boolean | undefined,
      floorId: (answer.floor_id as number | undefined) ?? 0,
      epoch: answer.epoch as string | undefined,
    }
  }

  /**
   * Where the space ends, now if that is beyond `sinceId` and after every change, for as long as the stream lasts;
   * `null` first, when it stands. Not tried again when it breaks.
   *
   * @throws `HUB_CURSOR_AHEAD` also
   */
  watch(owner: string, slug: string, sinceId: number, signal: AbortSignal): AsyncGenerator<number | null> {
    const target = paths.watch(owner, slug, sinceId)
    const headers = this.#headers('GET', target, 'text/event-stream', undefined)()
    return readCursors({ url: this.options.hub.base + target, target, headers, signal })
  }

  /** A space as this client may see it. @throws `SPACE_HIDDEN` also */
  async space(owner: string, slug: string): Promise<SpaceView> {
    return this.#call('GET', paths.space(owner, slug), spaceAnswerSchema)
  }

  /** Makes a space where there is none. Only its owner may. */
  async setVisibility(owner: string, slug: string, visibility: Visibility): Promise<SpaceView> {
    return this.#call('PUT', paths.space(owner, slug), spaceAnswerSchema, jsonBytes({ visibility }))
  }

  /** Gives a handle a role in a space, or with `null` takes it. Only the owner of the space may. */
  async setRole(owner: string, slug: string, handle: string, role: Role | null): Promise<MemberView> {
    const target = paths.member(owner, slug, handle)
    return role === null
      ? this.#call('DELETE', target, memberAnswerSchema)
      : this.#call('PUT', target, memberAnswerSchema, jsonBytes({ role }))
  }

  /** Asks for a nonce to sign. */
  async challenge(fingerprint: string): Promise<{ nonceHex: string }> {
    const body = jsonBytes({ fingerprint, algorithm: 'ed25519' })
    const answer = await this.#call<{ nonce_hex: string }>('POST', paths.challenge, challengeAnswerSchema, body)
    return { nonceHex: answer.nonce_hex }
  }

  /** Gives a handle to the key that signed the nonce. */
  async verify(registration: Registration): Promise<{ handle: string }> {
    return this.#call('POST', paths.verify, verifyAnswerSchema, jsonBytes(toWire(registration)))
  }

  /** Puts another key in the place of the one that signs. */
  async rotateKey(proof: KeyProof): Promise<void> {
    await this.#call('POST', paths.rotate, keyAnswerSchema, jsonBytes(toWire(proof)))
  }

  /** Has nothing taken any more that is signed by the key that signs this. */
  async revokeKey(): Promise<void> {
    await this.#call('POST', paths.revoke, keyAnswerSchema)
  }

  async #call<Answer = unknown>(
    method: HubRequest['method'],
    target: string,
    schema: object,
    body?: Uint8Array,
    gzipped = false,
  ): Promise<Answer> {
    const { hub, timeoutSeconds = 30, signal } = this.options
    const url = hub.base + target
    const plain = this.#headers(method, target, 'application/json', body)
    const headers = () => ({ ...plain(), ...(gzipped ? { 'content-encoding': 'gzip' } : {}) })
    const [response, check] = await Promise.all([
      sendHubRequest({ method, url, body, headers, timeoutSeconds, signal }),
      // Made while the hub works, and so once the request is out of the house.
      new Promise(setImmediate).then(() => compileCheck(schema)),
    ])
    if (response.status >= 400) throw await hubRefusal(response, target)
    const answer = parsed(response, url)
    const problem = check(answer)
    if (problem !== null) throw coordError('HUB_ANSWER', url, problem)
    return answer as Answer
  }

  /** Made anew for each try: a signature ages. */
  #headers(method: string, target: string, accept: string, body: Uint8Array | undefined): () => Record<string, string> {
    const { hub, signer } = this.options
    if (signer !== null && !hub.isSafeForCredentials) throw coordError('HUB_INSECURE', hub.base)
    return () => ({
      accept,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(signer === null ? {} : { authorization: this.#authorization(signer, method, target, body) }),
    })
  }

  #authorization(signer: Signer, method: string, target: string, body: Uint8Array | undefined): string {
    const { hub, clock } = this.options
    return signRequest(
      {
        method,
        host: hub.host,
        target: hub.pathPrefix + target,
        timestamp: Math.floor(clock.now() / 1000),
        body: body ?? '',
      },
      signer.handle,
      signer.privateKey,
    )
  }
}

function jsonBytes(value: object): Uint8Array {
  return Buffer.from(JSON.stringify(value))
}

function parsed({ text }: HubResponse, url: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw coordError('HUB_ANSWER', url, text === '' ? 'it is empty.' : `it is no JSON: ${quote(text)}`)
  }
}
