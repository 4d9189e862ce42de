import type { $Fetch, FetchOptions } from 'ofetch'
import type { Clock } from '../base/clock.js'
import { coordError } from '../base/errors.js'
import { compileCheck } from '../base/json/validation.js'
import type { HubUrl } from '../record/hub-url.js'
import { type PullQuery, paths, queries, type Role, type Visibility } from '../record/protocol.js'
import type { MergeRule } from '../record/record.js'
import { fromWire, toWire } from '../record/wire.js'
import { DEFAULT_TIMEOUT_SECONDS } from './answer-timeout.js'
import {
  challengeAnswerSchema,
  deviceInviteAnswerSchema,
  inviteAnswerSchema,
  invitesAnswerSchema,
  keyAnswerSchema,
  keysAnswerSchema,
  logAnswerSchema,
  memberAnswerSchema,
  pullAnswerSchema,
  pushAnswerSchema,
  removedInviteAnswerSchema,
  ruleAnswerSchema,
  spaceAnswerSchema,
  usageAnswerSchema,
  verifyAnswerSchema,
} from './answers.js'
import type { Signer } from './attempt.js'
import { readCursors } from './event-stream.js'
import type { DeviceInvitation, KeyProof, KeyView, Registered, Registration } from './handle-view.js'
import { createHttpFetch, type Fetch } from './http-fetch.js'
import { hubError } from './hub-error.js'
import type { HubResponse } from './hub-response.js'
import type { KnownHub } from './identity/known-hub.js'
import { type RawPage, type RawPullAnswer, readPullAnswer } from './pull-answer.js'
import { type LenientPushAnswer, type RawPushAnswer, readPushAnswer } from './push-answer.js'
import { createRequests } from './requests.js'
import type { SeenPositions } from './seen-positions.js'
import type {
  GivenInvitation,
  InvitationView,
  InvitationWish,
  MemberView,
  RuleView,
  SpaceLog,
  SpaceView,
  UsageView,
} from './space-view.js'

export interface HubClientOptions {
  readonly hub: HubUrl
  /** Without one requests go unsigned, and only public spaces can be read. */
  readonly signer: Signer | null
  readonly clock: Clock
  /** For a whole answer; 30 when left out. */
  readonly timeoutSeconds?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** What requests go through; Node's own HTTP client, without a proxy, when left out. */
  readonly fetch?: Fetch | undefined
  /** Judges whether the hub is the one that is known; whoever answers is believed, when left out. */
  readonly known?: KnownHub | null | undefined
  /** Remembers where spaces ended; left out: nobody does, and a hub that was set back is not found out. */
  readonly positions?: SeenPositions | undefined
}

/** A hub as a client sees it: one method a call, every answer checked before it is used. */
export class HubClient {
  readonly #hub: HubUrl
  readonly #handle: string | null
  readonly #signal: AbortSignal
  readonly #requests: $Fetch
  readonly #positions: SeenPositions | undefined

  constructor({
    hub,
    signer,
    clock,
    timeoutSeconds = DEFAULT_TIMEOUT_SECONDS,
    signal,
    fetch,
    known = null,
    positions,
  }: HubClientOptions) {
    this.#hub = hub
    this.#positions = positions
    this.#handle = signer?.handle ?? null
    this.#signal = signal ?? new AbortController().signal
    this.#requests = createRequests({
      hub,
      signer,
      clock,
      timeoutSeconds,
      fetch: fetch ?? createHttpFetch({ env: {} }),
      known,
    })
  }

  /**
   * Sends one batch. It may be sent again safely: a hub skips what it has. `HUB_TOO_LARGE` says that the hub takes no
   * batch of this size.
   *
   * @param json the body: `records`, and under `kinds` the merge rules of kinds that the hub may not know
   */
  async push(owner: string, slug: string, json: string): Promise<LenientPushAnswer> {
    const request = this.#positions?.begin(owner, slug)
    const seen = request?.seen ?? []
    const options = {
      method: 'POST',
      body: seen.length === 0 ? json : `{"seen":${JSON.stringify(seen)},${json.slice(1)}`,
    }
    const { answer } = await this.#call<RawPushAnswer>(paths.push(owner, slug), pushAnswerSchema, options)
    request?.end(answer.position, answer.follows)
    return readPushAnswer(answer)
  }

  /** One page. `HUB_CURSOR_AHEAD` says that the space ends before `sinceId`. */
  async pull(owner: string, slug: string, query: PullQuery): Promise<RawPullAnswer> {
    const request = this.#positions?.begin(owner, slug)
    const options = { query: queries.pull({ ...query, seen: request?.seen ?? [] }) }
    const { answer, response } = await this.#call<RawPage>(paths.pull(owner, slug), pullAnswerSchema, options)
    request?.end(answer.position, answer.follows)
    return readPullAnswer(answer, response, this.#signal)
  }

  /**
   * Where the space ends, now if that is beyond `sinceId` and after every change, for as long as the stream lasts;
   * `null` first, when it stands. Not tried again when it breaks.
   */
  watch(owner: string, slug: string, sinceId: number, signal: AbortSignal): AsyncGenerator<number | null> {
    const path = paths.watch(owner, slug)
    const { base: url } = this.#hub
    return readCursors(this.#requests, {
      path,
      query: queries.watch(sinceId),
      url: url + path,
      handle: this.#handle,
      signal,
    })
  }

  /** A space as this client may see it. */
  async space(owner: string, slug: string): Promise<SpaceView> {
    return (await this.#call<SpaceView>(paths.space(owner, slug), spaceAnswerSchema)).answer
  }

  /** Makes a space where there is none. Only its owner may. */
  async setVisibility(owner: string, slug: string, visibility: Visibility): Promise<SpaceView> {
    return this.#tell('PUT', paths.space(owner, slug), spaceAnswerSchema, { visibility })
  }

  /** Gives a handle a role in a space, or with `null` takes it. Only the owner of the space may. */
  async setRole(owner: string, slug: string, handle: string, role: Role | null): Promise<MemberView> {
    const path = paths.member(owner, slug, handle)
    return role === null
      ? this.#tell('DELETE', path, memberAnswerSchema)
      : this.#tell('PUT', path, memberAnswerSchema, { role })
  }

  /** Makes an invitation into a space, which is made where there is none. Only its owner may. */
  async invite(owner: string, slug: string, { role, uses, expiresInSeconds }: InvitationWish): Promise<InvitationView> {
    const wish = { role, uses, expires_in: expiresInSeconds }
    const made = await this.#tell<Omit<InvitationView, 'expiresAt'> & { expires_at: string }>(
      'POST',
      paths.invites(owner, slug),
      inviteAnswerSchema,
      wish,
    )
    const { expires_at: expiresAt, ...others } = made
    return { ...others, expiresAt }
  }

  /** The invitations that can still be used: into a space, of which only its owner may, or with `null` of further keys. */
  async invites(space: { readonly owner: string; readonly slug: string } | null): Promise<GivenInvitation[]> {
    const path = space === null ? paths.deviceInvites : paths.invites(space.owner, space.slug)
    const { answer } = await this.#call<{ invites: object[] }>(path, invitesAnswerSchema)
    return answer.invites.map((one) => fromWire<GivenInvitation>(one))
  }

  /** Takes such an invitation back; nothing happens where there is none. */
  async removeInvite(space: { readonly owner: string; readonly slug: string } | null, id: string): Promise<void> {
    const path = space === null ? paths.deviceInvitation(id) : paths.invitation(space.owner, space.slug, id)
    await this.#tell('DELETE', path, removedInviteAnswerSchema)
  }

  /** Fixes the merge rule of a kind in a space. Only its owner may. */
  async setRule(owner: string, slug: string, kind: string, merge: MergeRule): Promise<RuleView> {
    return this.#tell('PUT', paths.rule(owner, slug, kind), ruleAnswerSchema, { merge })
  }

  /** What was done to a space, the latest first. Only its owner may see it. */
  async log(owner: string, slug: string, limit: number): Promise<SpaceLog> {
    const options = { query: { limit } }
    const { answer } = await this.#call<Pick<SpaceLog, 'entries'> & { has_more: boolean }>(
      paths.log(owner, slug),
      logAnswerSchema,
      options,
    )
    return { entries: answer.entries, hasMore: answer.has_more }
  }

  /** How much the handle that signs has of what it may have. A plain hub has no such thing: `HUB_REFUSED` with 404. */
  async usage(): Promise<UsageView> {
    const { answer } = await this.#call<object>(paths.usage, usageAnswerSchema)
    return fromWire<UsageView>(answer)
  }

  /** Asks for a nonce to sign. */
  async challenge(fingerprint: string): Promise<{ nonceHex: string }> {
    const body = { fingerprint, algorithm: 'ed25519' }
    const answer = await this.#tell<{ nonce_hex: string }>('POST', paths.challenge, challengeAnswerSchema, body)
    return { nonceHex: answer.nonce_hex }
  }

  /** Gives a handle to the key that signed the nonce. */
  async verify(registration: Registration): Promise<Registered> {
    return this.#tell('POST', paths.verify, verifyAnswerSchema, toWire(registration))
  }

  /** The keys that sign for the handle that asks. */
  async keys(): Promise<KeyView[]> {
    const { answer } = await this.#call<{ keys: object[] }>(paths.keys, keysAnswerSchema)
    return answer.keys.map((key) => fromWire<KeyView>(key))
  }

  /** Has nothing taken any more that a key of the handle signs. `HUB_REFUSED` with 404: it signs for that handle no more. */
  async removeKey(fingerprint: string): Promise<void> {
    await this.#tell('DELETE', paths.key(fingerprint), keyAnswerSchema)
  }

  /** Makes an invitation of a further key for the handle that asks; it serves once. */
  async inviteDevice(expiresInSeconds: number): Promise<DeviceInvitation> {
    const wish = { expires_in: expiresInSeconds }
    return fromWire(await this.#tell<object>('POST', paths.deviceInvites, deviceInviteAnswerSchema, wish))
  }

  /** Puts another key in the place of the one that signs. */
  async rotateKey(proof: KeyProof): Promise<void> {
    await this.#tell('POST', paths.rotate, keyAnswerSchema, toWire(proof))
  }

  /** Has nothing taken any more that is signed by the key that signs this. */
  async revokeKey(): Promise<void> {
    await this.#tell('POST', paths.revoke, keyAnswerSchema)
  }

  async #tell<Answer>(method: string, path: string, schema: object, body?: object): Promise<Answer> {
    // Text: ofetch asks an object whether it is a form, and that question loads the global fetch.
    const options = { method, ...(body && { body: JSON.stringify(body) }) }
    return (await this.#call<Answer>(path, schema, options)).answer
  }

  async #call<Answer>(
    path: string,
    schema: object,
    options: FetchOptions<'json'> = {},
  ): Promise<{ answer: Answer; response: HubResponse }> {
    const [response, check] = await Promise.all([
      this.#unlessEnded(this.#requests.raw(path, { ...options, signal: this.#signal })),
      // Made while the hub works, and so once the request is out of the house.
      new Promise(setImmediate).then(() => compileCheck(schema)),
    ])
    const problem = check(response._data)
    if (problem !== null) throw coordError('HUB_ANSWER', this.#hub.base + path, problem)
    return { answer: response._data as Answer, response: response as unknown as HubResponse }
  }

  /** What ofetch waits for between two tries has no ear for signals. */
  #unlessEnded<Result>(work: Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      const end = () => reject(coordError('INTERRUPTED'))
      this.#signal.addEventListener('abort', end)
      work
        .then(resolve, async (error: unknown) => reject(await hubError(error, this.#handle)))
        .finally(() => this.#signal.removeEventListener('abort', end))
    })
  }
}
