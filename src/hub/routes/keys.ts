import type { FastifyInstance } from 'fastify'
import { coordError } from '../../base/errors.js'
import { paths } from '../../record/protocol.js'
import { signerOf } from '../authentication.js'
import { doing, type HubContext } from '../context.js'
import { type KeyProof, proveKey } from '../prove-key.js'
import { revokeIdentity } from '../revoke-identity.js'
import type { Throttle } from '../throttle.js'
import { errorAnswers, fingerprintSchema, keyProofProperties, nameSchema, revokedSchema, signed } from './schemas.js'

/**
 * `POST /api/auth/rotate`: another key for a handle, asked for by the old one and proven by the new one.
 * `POST /api/auth/revoke`: no key for it any more, asked for by the key itself.
 */
export function keyRoutes(app: FastifyInstance, context: HubContext, throttle: Throttle): void {
  const { store } = context

  app.post<{ Body: KeyProof }>(
    paths.rotate,
    {
      config: { signature: 'required' },
      onRequest: (request, reply) => throttle.registration(request, reply),
      schema: {
        summary: 'Put a new key in the place of the one that signs',
        operationId: 'rotateKey',
        security: signed,
        body: {
          type: 'object',
          required: ['public_key_b64', 'nonce_hex', 'signature_b64'],
          properties: keyProofProperties,
        },
        response: {
          200: {
            description: 'The new key signs from now on, the old one no more',
            type: 'object',
            required: ['handle', 'fingerprint'],
            properties: { handle: nameSchema, fingerprint: fingerprintSchema },
          },
          ...errorAnswers,
        },
      },
    },
    async (request) => {
      const { handle, fingerprint: old } = signerOf(request)
      const key = await proveKey(context, request.body)
      if ((await store.keys(handle)).some(({ fingerprint }) => fingerprint === key.fingerprint)) {
        throw coordError('BODY_INVALID', `that key signs for ${handle} already.`)
      }
      const identity = await store.findIdentity(handle)
      if (
        identity === null ||
        !(await store.replaceIdentity(old, { ...identity, ...key }, doing(context, request).by))
      ) {
        throw coordError('SIGNATURE_REFUSED', `the key of ${handle} was changed meanwhile.`)
      }
      return { handle, fingerprint: key.fingerprint }
    },
  )

  app.post(
    paths.revoke,
    {
      config: { signature: 'once' },
      onRequest: (request, reply) => throttle.registration(request, reply),
      schema: {
        summary: 'Revoke the key that signs',
        operationId: 'revokeKey',
        security: signed,
        response: {
          200: {
            description: 'Nothing signed by it is accepted any more; nobody else gets the handle',
            ...revokedSchema,
          },
          ...errorAnswers,
        },
      },
    },
    async (request) => {
      const { handle, fingerprint: old } = signerOf(request)
      await revokeIdentity(store, handle, { by: doing(context, request).by, fingerprint: old })
      return { handle, revoked_fingerprint: old }
    },
  )
}
