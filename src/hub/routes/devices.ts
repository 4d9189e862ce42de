import type { FastifyInstance } from 'fastify'
import { paths } from '../../record/protocol.js'
import { signerOf } from '../authentication.js'
import { doing, type HubContext } from '../context.js'
import { invite } from '../invite.js'
import { revokeIdentity } from '../revoke-identity.js'
import type { Throttle } from '../throttle.js'
import {
  errorAnswers,
  fingerprintSchema,
  inviteSecondsSchema,
  labelSchema,
  nameSchema,
  revokedSchema,
  signed,
} from './schemas.js'

const keySchema = {
  type: 'object',
  required: ['fingerprint', 'label', 'added_at', 'signs_this'],
  properties: {
    fingerprint: fingerprintSchema,
    label: { ...labelSchema, description: 'What its machine is called; empty: nobody has said' },
    added_at: { type: ['string', 'null'], format: 'date-time', description: 'null: with the handle' },
    signs_this: { type: 'boolean', description: 'Whether this request was signed by it' },
  },
} as const

/**
 * Several keys for a handle, one for each machine of its owner: `GET /api/auth/keys` lists them, `DELETE` of one ends it, and
 * `POST /api/auth/invites` invites a further one.
 */
export function deviceRoutes(app: FastifyInstance, context: HubContext, throttle: Throttle): void {
  const { store, clock } = context

  app.get(
    paths.keys,
    {
      config: { signature: 'required' },
      schema: {
        summary: 'See the keys that sign for a handle',
        operationId: 'seeKeys',
        security: signed,
        response: {
          200: {
            description: 'The first one of the handle first',
            type: 'object',
            required: ['handle', 'keys'],
            properties: { handle: nameSchema, keys: { type: 'array', items: keySchema } },
          },
          ...errorAnswers,
        },
      },
    },
    async (request) => {
      const { handle, fingerprint: own } = signerOf(request)
      const keys = (await store.keys(handle)).map((key) => ({
        fingerprint: key.fingerprint,
        label: key.label,
        added_at: key.addedAt === 0 ? null : new Date(key.addedAt).toISOString(),
        signs_this: key.fingerprint === own,
      }))
      return { handle, keys }
    },
  )

  app.delete<{ Params: { fingerprint: string } }>(
    paths.key(':fingerprint'),
    {
      config: { signature: 'once' },
      onRequest: (request, reply) => throttle.registration(request, reply),
      schema: {
        summary: 'Revoke one of the keys that sign for a handle',
        operationId: 'removeKey',
        security: signed,
        params: {
          type: 'object',
          required: ['fingerprint'],
          properties: { fingerprint: fingerprintSchema },
        },
        response: {
          200: {
            description: 'Nothing signed by it is accepted any more, and what invited further keys serves no more',
            ...revokedSchema,
          },
          ...errorAnswers,
        },
      },
    },
    async (request) => {
      const { handle } = signerOf(request)
      const { fingerprint } = request.params
      await revokeIdentity(store, handle, { by: doing(context, request).by, fingerprint })
      return { handle, revoked_fingerprint: fingerprint }
    },
  )

  app.post<{ Body: { expires_in: number } }>(
    paths.deviceInvites,
    {
      config: { signature: 'once' },
      onRequest: (request, reply) => throttle.registration(request, reply),
      schema: {
        summary: 'Invite a further key for the handle that signs',
        operationId: 'inviteDevice',
        security: signed,
        body: {
          type: 'object',
          required: ['expires_in'],
          properties: {
            expires_in: inviteSecondsSchema,
          },
        },
        response: {
          200: {
            description: 'The invitation, which serves once; its code is told only here',
            type: 'object',
            required: ['code', 'handle', 'expires_at'],
            properties: {
              code: { type: 'string' },
              handle: nameSchema,
              expires_at: { type: 'string', format: 'date-time' },
            },
          },
          ...errorAnswers,
        },
      },
    },
    async (request) => {
      const { handle } = signerOf(request)
      const expiresAt = clock.now() + request.body.expires_in * 1000
      const made = await invite(store, { handle, expiresAt, isDevice: true }, { by: doing(context, request).by })
      return { code: made.code, handle, expires_at: made.expiresAt }
    },
  )
}
