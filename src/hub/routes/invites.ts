import type { FastifyInstance } from 'fastify'
import { MAX_INVITE_USES, paths, type Role } from '../../record/protocol.js'
import { enterSpace } from '../access.js'
import { doing, type HubContext } from '../context.js'
import { invite } from '../invite.js'
import {
  errorAnswers,
  inviteSecondsSchema,
  roleSchema,
  type SpaceParameters,
  signed,
  spaceParameters,
} from './schemas.js'

const usesSchema = {
  type: 'integer',
  minimum: 1,
  maximum: MAX_INVITE_USES,
  description: 'How often it serves',
} as const

interface InviteBody {
  role: Role
  uses: number
  expires_in: number
}

/** `POST /api/repos/{owner}/{slug}/invites`: whoever has the code registers, and is a member by that. */
export function inviteRoutes(app: FastifyInstance, context: HubContext): void {
  const { store, clock } = context

  app.post<{ Params: SpaceParameters; Body: InviteBody }>(
    paths.invites(':owner', ':slug'),
    {
      config: { signature: 'once' },
      schema: {
        summary: 'Invite into a space, which is made where there is none',
        operationId: 'inviteToSpace',
        security: signed,
        params: spaceParameters,
        body: {
          type: 'object',
          required: ['role', 'uses', 'expires_in'],
          properties: {
            role: roleSchema,
            uses: usesSchema,
            expires_in: inviteSecondsSchema,
          },
        },
        response: {
          200: {
            description: 'The invitation; its code is told only here',
            type: 'object',
            required: ['code', 'role', 'uses', 'expires_at'],
            properties: {
              code: { type: 'string' },
              role: roleSchema,
              uses: usesSchema,
              expires_at: { type: 'string', format: 'date-time' },
            },
          },
          ...errorAnswers,
        },
      },
    },
    async (request) => {
      const { role, uses, expires_in: seconds } = request.body
      const doer = doing(context, request)
      const visit = { ...request.params, handle: request.handle }
      const { id, owner, slug } = await enterSpace(store, visit, 'invite', doer)
      const expiresAt = clock.now() + seconds * 1000
      const made = await invite(store, { expiresAt, uses, space: { owner, slug, role } }, { id, by: doer.by })
      return { code: made.code, role, uses, expires_at: made.expiresAt }
    },
  )
}
