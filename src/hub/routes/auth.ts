import { randomBytes } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { NONCE_SECONDS, paths } from '../../record/protocol.js'
import type { HubContext } from '../context.js'
import { type KeyProof, proveKey } from '../prove-key.js'
import { registerIdentity } from '../register-identity.js'
import type { Identity } from '../stores/identity-directory.js'
import type { Throttle } from '../throttle.js'
import {
  algorithmSchema,
  errorAnswers,
  fingerprintSchema,
  identityTypeSchema,
  keyProofProperties,
  labelSchema,
  nameSchema,
  nonceSchema,
  roleSchema,
  unsigned,
} from './schemas.js'

const NONCE_BYTES = 32

const challengeAnswerSchema = {
  description: 'Serves once',
  type: 'object',
  required: ['nonce_hex', 'expires_in'],
  properties: { nonce_hex: nonceSchema, expires_in: { type: 'integer', description: 'Seconds' } },
} as const

const verifyBodySchema = {
  type: 'object',
  required: ['handle', 'algorithm', 'public_key_b64', 'nonce_hex', 'signature_b64', 'identity_type'],
  properties: {
    handle: nameSchema,
    algorithm: algorithmSchema,
    ...keyProofProperties,
    identity_type: identityTypeSchema,
    invite: { type: 'string', maxLength: 128, description: 'Code of an invitation' },
    label: { ...labelSchema, description: 'With an invitation of a device: what it is called' },
  },
} as const

const verifyAnswerSchema = {
  description: 'Registered',
  type: 'object',
  required: ['handle', 'fingerprint', 'identity_type'],
  properties: {
    handle: nameSchema,
    fingerprint: fingerprintSchema,
    identity_type: identityTypeSchema,
    space: {
      description: 'The space that the invitation lets into',
      type: 'object',
      required: ['owner', 'slug', 'role'],
      properties: { owner: nameSchema, slug: nameSchema, role: roleSchema },
    },
  },
} as const

interface VerifyBody extends KeyProof {
  handle: string
  identity_type: Identity['type']
  invite?: string
  label?: string
}

/** `POST /api/auth/challenge` and `/api/auth/verify`: a handle is given to whoever proves to have a key. */
export function authRoutes(app: FastifyInstance, context: HubContext, throttle: Throttle): void {
  app.post<{ Body: { fingerprint: string } }>(
    paths.challenge,
    {
      onRequest: (request, reply) => throttle.registration(request, reply),
      schema: {
        summary: 'Ask for a nonce to sign',
        operationId: 'challenge',
        security: unsigned,
        body: {
          type: 'object',
          required: ['fingerprint', 'algorithm'],
          properties: { fingerprint: fingerprintSchema, algorithm: algorithmSchema },
        },
        response: { 200: challengeAnswerSchema, ...errorAnswers },
      },
    },
    async (request) => {
      const nonceHex = randomBytes(NONCE_BYTES).toString('hex')
      const expiresAt = context.clock.now() + NONCE_SECONDS * 1000
      await context.store.addNonce({ nonceHex, fingerprint: request.body.fingerprint, expiresAt })
      return { nonce_hex: nonceHex, expires_in: NONCE_SECONDS }
    },
  )

  app.post<{ Body: VerifyBody }>(
    paths.verify,
    {
      onRequest: (request, reply) => throttle.registration(request, reply),
      schema: {
        summary: 'Register a handle by the signature over the nonce',
        operationId: 'verify',
        security: unsigned,
        body: verifyBodySchema,
        response: { 200: verifyAnswerSchema, ...errorAnswers },
      },
    },
    async (request) => {
      const { handle, identity_type: type, invite: code, label } = request.body
      const key = await proveKey(context, request.body)
      const space = await registerIdentity(context, { handle, type, ...key }, { code, label })
      return { handle, fingerprint: key.fingerprint, identity_type: type, ...(space !== null && { space }) }
    },
  )
}
