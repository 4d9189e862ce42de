import { randomBytes, verify } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { decodePublicKey, fingerprint, importPublicKey } from '../../auth/public-key.js'
import { coordError } from '../../errors.js'
import { NONCE_SECONDS } from '../../protocol.js'
import type { HubContext } from '../context.js'
import type { Identity } from '../stores/store.js'
import type { Throttle } from '../throttle.js'
import { errorAnswers, nameSchema } from './schemas.js'

const NONCE_BYTES = 32

/** First parts of the hub's own addresses: a space of such an owner could not be told from them. */
const RESERVED_HANDLES = new Set(['api'])

const fingerprintSchema = { type: 'string', pattern: '^sha256:[0-9a-f]{64}$' } as const
const algorithmSchema = { type: 'string', enum: ['ed25519'] } as const
const nonceSchema = { type: 'string', pattern: '^[0-9a-f]{64}$' } as const
const identityTypeSchema = { type: 'string', enum: ['human', 'agent'] } as const

interface ChallengeBody {
  fingerprint: string
}

interface VerifyBody {
  handle: string
  public_key_b64: string
  nonce_hex: string
  signature_b64: string
  identity_type: Identity['type']
}

/** `POST /api/auth/challenge` and `/api/auth/verify`: a handle is given to whoever proves to have a key. */
export function authRoutes(app: FastifyInstance, context: HubContext, throttle: Throttle): void {
  const { store, clock } = context

  app.post<{ Body: ChallengeBody }>(
    '/api/auth/challenge',
    {
      onRequest: (request, reply) => throttle.registration(request, reply),
      schema: {
        summary: 'Ask for a nonce to sign',
        operationId: 'challenge',
        body: {
          type: 'object',
          required: ['fingerprint', 'algorithm'],
          properties: { fingerprint: fingerprintSchema, algorithm: algorithmSchema },
        },
        response: {
          200: {
            description: 'Serves once',
            type: 'object',
            properties: { nonce_hex: nonceSchema, expires_in: { type: 'integer', description: 'Seconds' } },
          },
          ...errorAnswers,
        },
      },
    },
    async (request) => {
      const nonceHex = randomBytes(NONCE_BYTES).toString('hex')
      const expiresAt = clock.now() + NONCE_SECONDS * 1000
      await store.addNonce({ nonceHex, fingerprint: request.body.fingerprint, expiresAt })
      return { nonce_hex: nonceHex, expires_in: NONCE_SECONDS }
    },
  )

  app.post<{ Body: VerifyBody }>(
    '/api/auth/verify',
    {
      onRequest: (request, reply) => throttle.registration(request, reply),
      schema: {
        summary: 'Register a handle by the signature over the nonce',
        operationId: 'verify',
        body: {
          type: 'object',
          required: ['handle', 'algorithm', 'public_key_b64', 'nonce_hex', 'signature_b64', 'identity_type'],
          properties: {
            handle: nameSchema,
            algorithm: algorithmSchema,
            public_key_b64: { type: 'string', description: '32 raw bytes' },
            nonce_hex: nonceSchema,
            signature_b64: { type: 'string', description: '64 bytes over the raw bytes of the nonce' },
            identity_type: identityTypeSchema,
          },
        },
        response: {
          200: {
            description: 'Registered',
            type: 'object',
            properties: { handle: nameSchema, fingerprint: fingerprintSchema, identity_type: identityTypeSchema },
          },
          ...errorAnswers,
        },
      },
    },
    async (request) => {
      const { handle, identity_type: type, public_key_b64: publicKey } = request.body
      if (RESERVED_HANDLES.has(handle)) throw coordError('HANDLE_REFUSED', handle, 'it is an address of the hub')
      const raw = decodePublicKey(publicKey)
      if (raw === null) throw coordError('BODY_INVALID', 'public_key_b64 is not the base64 of 32 bytes.')
      const identity: Identity = { handle, fingerprint: fingerprint(raw), publicKey, type }
      await proveKey(request.body, raw, identity.fingerprint)
      await register(identity)
      return { handle, fingerprint: identity.fingerprint, identity_type: type }
    },
  )

  async function proveKey(body: VerifyBody, raw: Buffer, keyFingerprint: string): Promise<void> {
    const nonce = await store.takeNonce(body.nonce_hex)
    if (nonce === null || nonce.expiresAt <= clock.now() || nonce.fingerprint !== keyFingerprint) {
      throw coordError('NONCE_REFUSED')
    }
    const signature = Buffer.from(body.signature_b64, 'base64')
    if (!verify(null, Buffer.from(nonce.nonceHex, 'hex'), importPublicKey(raw), signature)) {
      throw coordError('SIGNATURE_REFUSED', 'it was not made by this key over the nonce.')
    }
  }

  async function register(identity: Identity): Promise<void> {
    const known = await store.findIdentity(identity.handle)
    if (known === null && context.registration === 'closed') throw coordError('REGISTRATION_CLOSED')
    if (!(await store.register(identity))) throw coordError('HANDLE_TAKEN', identity.handle)
  }
}
