import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { CONTENT_DIGEST, sha256In } from '../auth/content-digest.js'
import { type Authorization, assertFresh, parseAuthorization, verifySignature } from '../auth/msign.js'
import { fingerprint } from '../auth/public-key.js'
import { type CoordError } from '../base/errors.js'
import { quote } from '../base/quote.js'
import { isSpaceName } from '../record/record.js'
import { type Action, assertMay } from './access.js'
import type { HubContext } from './context.js'
import { type KnownKey, knownKey } from './known-keys.js'
import { refusal } from './refusal.js'
import type { SpaceParameters } from './routes/schemas.js'
import type { Store, Visitor } from './stores/store.js'
import type { Throttle } from './throttle.js'
import { usedSignature } from './used-signature.js'

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * Whether a request to this route must be signed, or may be. A signature that is there must be good. With `once` it must be
     * signed and acts one time, whoever sends it again: for what records and their tokens do not guard.
     */
    signature?: 'required' | 'once' | 'optional'
    /** What a large body is sent for: it is decoded for those alone who may do that. */
    action?: Action
  }
  interface FastifyRequest {
    /** What the request claims about its signer, before it is proven. */
    claim: Claim | null
    /** The handle whose key signed this request, proven; `null`: not signed. */
    handle: string | null
    /** In hex, of the body for which the signature was proven before it came; `null`: not before. */
    provenHash: string | null
  }
}

interface Claim extends Authorization {
  /** The keys of the handle, each of which may have made the signature. */
  readonly publicKeys: readonly KnownKey[]
  /** The one that has, once that is proven. */
  readonly publicKey: Buffer
  /** Who that is in the space of the address, as the store had it when the head came; `null`: it names none. */
  readonly visitor: Visitor | null
}

const NO_BODY = Buffer.alloc(0)

/**
 * Proves signatures, and judges what their signers may do. Of a request whose head names the hash of its body
 * (`Content-Digest`) both are done before a byte of the body is taken. Of others the head is judged for itself, whether the
 * handle is registered and the time is now; the rest when the body's bytes are there, before they are decoded. Not sooner:
 * whoever only claims to be somebody must not learn from the answer where that one may write.
 */
export function authenticate(app: FastifyInstance, context: HubContext, throttle: Throttle): void {
  app.decorateRequest('claim', null)
  app.decorateRequest('handle', null)
  app.decorateRequest('provenHash', null)

  app.addHook('onRequest', async (request, reply) => {
    const { signature } = request.routeOptions.config
    const header = request.headers.authorization
    if (signature === undefined) return
    if (header === undefined) {
      if (signature !== 'optional') throw refusal('NOT_SIGNED')
      return
    }
    await examine(request, reply, header)
    const digest = request.headers[CONTENT_DIGEST]
    const sha256 = typeof digest === 'string' && announcesBody(request) ? sha256In(digest) : null
    if (sha256 === null) return
    await admit(request, reply, sha256)
    request.provenHash = sha256
  })

  app.addHook('preValidation', async (request, reply) => {
    if (request.claim === null) return
    if (request.provenHash === null) await admit(request, reply, request.bodyHash)
    else if (request.bodyHash !== request.provenHash) {
      throw refusal('BODY_INVALID', 'its Content-Digest is of another body.')
    } else await assertSignsStill(request, reply, request.claim)
    if (request.routeOptions.config.signature === 'once') await useUp(request.claim)
  })

  async function admit(request: FastifyRequest, reply: FastifyReply, bodyHash: string | null): Promise<void> {
    if (request.claim === null) return
    request.claim = await prove(request, reply, request.claim, bodyHash)
    request.handle = request.claim.handle
    await throttle.handle(request, reply)
    await assertMayBeDecoded(request)
  }

  async function assertMayBeDecoded({ routeOptions, params, handle, claim }: FastifyRequest): Promise<void> {
    const { action } = routeOptions.config
    const { owner, slug } = params as Partial<SpaceParameters>
    // What is wrong with a name is said when the address is judged.
    if (action && isSpaceName(owner) && isSpaceName(slug))
      await assertMay(context.store, { owner, slug, handle, visitor: claim?.visitor ?? null }, action)
  }

  async function examine(request: FastifyRequest, reply: FastifyReply, header: string): Promise<void> {
    const authorization = parseAuthorization(header)
    request.claim = { ...authorization, publicKeys: [], publicKey: NO_BODY, visitor: null }
    assertFresh(authorization.timestamp, context.clock.now())
    const visitor = await visitorOf(request, authorization)
    const keys = visitor?.keys ?? (await context.store.keys(authorization.handle))
    const publicKeys = keys.flatMap(({ publicKey }) => knownKey(publicKey) ?? [])
    if (publicKeys.length === 0) throw await signatureRefused(request, reply, authorization)
    request.claim = { ...authorization, publicKeys, publicKey: NO_BODY, visitor }
  }

  async function visitorOf({ params }: FastifyRequest, { handle }: Authorization): Promise<Visitor | null> {
    const { owner, slug } = params as Partial<SpaceParameters>
    return isSpaceName(owner) && isSpaceName(slug) ? context.store.findVisitor(handle, owner, slug) : null
  }

  /**
   * Whoever has sent too many bad ones is told to wait, and nobody else: a good signature passes whatever comes from beside it, or
   * in its name. It costs a tenth of a millisecond to look at, so one broken agent must not keep all out who share its address.
   */
  async function signatureRefused(
    request: FastifyRequest,
    reply: FastifyReply,
    claim: Authorization,
  ): Promise<CoordError> {
    context.metrics.refusedSignatures.inc()
    await throttle.lockOut(request, reply)
    await throttle.refusal(request)
    return notByKeyOf(claim)
  }

  async function prove(
    request: FastifyRequest,
    reply: FastifyReply,
    claim: Claim,
    bodyHash: string | null,
  ): Promise<Claim> {
    const addressed = context.address.addressed(request.headers.host ?? '', request.originalUrl)
    if (addressed === null) {
      throw refusal('SIGNATURE_REFUSED', `this hub is not known as ${quote(request.headers.host ?? '')}.`)
    }
    const signed = {
      method: request.method,
      ...addressed,
      timestamp: claim.timestamp,
      body: bodyHash === null ? NO_BODY : { sha256: bodyHash },
    }
    const found = claim.publicKeys.find(({ key }) => verifySignature(signed, claim.signature, key))
    if (found === undefined) throw await signatureRefused(request, reply, claim)
    const proved = { ...claim, publicKey: found.raw }
    if (request.body !== undefined) await assertSignsStill(request, reply, proved)
    return proved
  }

  /** A body may take a minute to come, and its key may be revoked by then. The key of a push is looked at as it is written. */
  async function assertSignsStill(request: FastifyRequest, reply: FastifyReply, claim: Claim): Promise<void> {
    if (request.routeOptions.config.action === 'push') return
    if (!(await signsStill(context.store, claim))) throw await signatureRefused(request, reply, claim)
  }

  // A store may have been set back while no hub ran: what was signed before may have acted, and the store not know it.
  const oldest = Math.floor(context.clock.now() / 1000)

  async function useUp({ signature, timestamp }: Claim): Promise<void> {
    if (timestamp < oldest) throw refusal('SIGNATURE_USED')
    if (!(await context.store.useSignature(usedSignature(signature, context.clock)))) throw refusal('SIGNATURE_USED')
  }
}

function announcesBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

/** Who signed a request that must be signed, and by which key: another one may sign for the handle by the time of the answer. */
export function signerOf({ claim, handle }: FastifyRequest): { readonly handle: string; readonly fingerprint: string } {
  if (claim === null || handle === null) throw refusal('NOT_SIGNED')
  return { handle, fingerprint: fingerprint(claim.publicKey) }
}

/** Whether a key signs for a handle now. */
export async function signsStill(
  store: Pick<Store, 'keys'>,
  { handle, publicKey }: Pick<Claim, 'handle' | 'publicKey'>,
): Promise<boolean> {
  const text = publicKey.toString('base64')
  return (await store.keys(handle)).some((key) => key.publicKey === text)
}

/** One sentence for a handle that nobody has and for a wrong key: who asks learns of no handle by it. */
function notByKeyOf({ handle }: Authorization): CoordError {
  return refusal('SIGNATURE_REFUSED', `no key that is registered here for ${handle} made it over this request.`)
}
