import type { FastifyInstance } from 'fastify'
import { paths } from '../../record/protocol.js'
import { enterSpace } from '../access.js'
import type { HubContext } from '../context.js'
import { errorAnswers, type SpaceParameters, signed, spaceParameters } from './schemas.js'

const MAX_ENTRIES = 1_000

const text = { type: 'string' } as const

const entrySchema = {
  type: 'object',
  required: ['id', 'at', 'actor', 'action', 'subject', 'detail'],
  properties: {
    id: { type: 'integer' },
    at: { ...text, description: 'ISO 8601' },
    actor: { ...text, description: 'The handle that did it; empty: the operator of the hub' },
    action: {
      ...text,
      description:
        'space_created, visibility_set, rule_set, member_set, member_removed, invited, uninvited, overridden, taken_back, key_added, key_rotated or key_revoked',
    },
    subject: { ...text, description: 'The handle, the kind or the record (kind/id); empty: the space' },
    detail: {
      ...text,
      description:
        'Visibility, role or rule from then on, fingerprint of the key, id of the invitation, or author and run whose record it was',
    },
  },
} as const

/** `GET /api/repos/{owner}/{slug}/log`: what was done to a space, and to the keys of those who are in it. */
export function actRoutes(app: FastifyInstance, { store }: HubContext): void {
  app.get<{ Params: SpaceParameters; Querystring: { before: number; limit: number } }>(
    paths.log(':owner', ':slug'),
    {
      config: { signature: 'required' },
      schema: {
        summary: 'See who did what to a space, the latest first',
        operationId: 'seeLog',
        security: signed,
        params: spaceParameters,
        querystring: {
          type: 'object',
          properties: {
            before: {
              type: 'integer',
              minimum: 1,
              maximum: Number.MAX_SAFE_INTEGER,
              default: Number.MAX_SAFE_INTEGER,
              description: 'Entries with an id below this one',
            },
            limit: { type: 'integer', minimum: 1, maximum: MAX_ENTRIES, default: 100 },
          },
        },
        response: {
          200: {
            description: 'Of a space the last thousand are kept',
            type: 'object',
            required: ['entries', 'has_more'],
            properties: { entries: { type: 'array', items: entrySchema }, has_more: { type: 'boolean' } },
          },
          ...errorAnswers,
        },
      },
    },
    async (request) => {
      const { before, limit } = request.query
      const space = await enterSpace(store, { ...request.params, handle: request.handle }, 'audit')
      const entries = await store.acts(space, { before, limit: limit + 1 })
      return { entries: entries.slice(0, limit), has_more: entries.length > limit }
    },
  )
}
