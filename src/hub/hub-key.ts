import { createHmac, createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { isHubNonce, proveHub } from '../auth/hub-proof.js'
import { fingerprint, rawPublicKey } from '../auth/public-key.js'
import { coordError } from '../base/errors.js'
import { HUB_FIELDS } from '../record/protocol.js'
import type { OwnAddress } from './own-address.js'
import type { Store } from './stores/store.js'

/** The key by which clients know a hub again, whatever its address, its process or its certificate. */
export class HubKey {
  /** `sha256:` and hex. */
  readonly fingerprint: string
  readonly #privateKey: KeyObject
  /** 32 raw bytes, base64. */
  readonly #publicKey: string

  private constructor(privateKey: KeyObject) {
    const raw = rawPublicKey(privateKey)
    this.#privateKey = privateKey
    this.#publicKey = raw.toString('base64')
    this.fingerprint = fingerprint(raw)
  }

  /** The key that lies in a store; made where there is none. Rejects with `STORE_FAILED`. */
  static async of(store: Pick<Store, 'hubSecret' | 'keepHubSecret'>): Promise<HubKey> {
    const privateKey = privateKeyIn((await store.hubSecret()) ?? (await store.keepHubSecret(newSecret())))
    if (privateKey === null)
      throw coordError('STORE_FAILED', 'of the hub', 'the key by which clients know it is damaged.')
    return new HubKey(privateKey)
  }

  /** A secret for another purpose, from which nothing can be told of the key. */
  derive(purpose: string): Buffer {
    return createHmac('sha256', this.#privateKey.export({ format: 'der', type: 'pkcs8' }))
      .update(purpose)
      .digest()
  }

  /**
   * Has the answer to a request prove who gives it, where the request asks for that. A name that is not the hub's own gets no
   * proof: it could be passed on to somebody who knows the hub by that name.
   *
   * @throws `BODY_INVALID` for a nonce that is none
   */
  answer({ headers, originalUrl }: FastifyRequest, reply: FastifyReply, address: OwnAddress): void {
    const nonceHex = headers[HUB_FIELDS.nonce]
    if (nonceHex === undefined) return
    if (!isHubNonce(nonceHex)) throw coordError('BODY_INVALID', `${HUB_FIELDS.nonce} is not 32 bytes in hex.`)
    const addressed = address.addressed(headers.host ?? '', originalUrl)
    if (addressed === null) return
    reply.header(HUB_FIELDS.key, this.#publicKey)
    reply.header(HUB_FIELDS.proof, proveHub({ host: addressed.host, nonceHex }, this.#privateKey))
  }
}

/** Whether a text is what {@link Store.hubSecret} is: an Ed25519 key, PKCS#8 in base64. */
export function isHubSecret(text: unknown): text is string {
  return typeof text === 'string' && privateKeyIn(text) !== null
}

function privateKeyIn(secret: string): KeyObject | null {
  try {
    const key = createPrivateKey({ key: Buffer.from(secret, 'base64'), format: 'der', type: 'pkcs8' })
    return key.asymmetricKeyType === 'ed25519' ? key : null
  } catch {
    return null
  }
}

function newSecret(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64')
}
