import type { FastifyInstance } from 'fastify'
import { coordError } from '../../base/errors.js'
import { paths } from '../../record/protocol.js'
import { assertMay } from '../access.js'
import { signerOf } from '../authentication.js'
import { doing, type HubContext } from '../context.js'
import type { Invite } from '../stores/identity-directory.js'
import type { Space } from '../stores/space-directory.js'
import { errorAnswers, roleSchema, type SpaceParameters, signed, spaceParameters } from './schemas.js'

const idSchema = { type: 'string', pattern: '^[0-9a-f]{64}$', description: 'Hash of its code' } as const

const listSchema = {
  description: 'Those that can still be used, the first to end first',
  type: 'object',
  required: ['invites'],
  properties: {
    invites: {
      type: 'array',
      items: {
        type: 'object',
        required: ['id', 'role', 'uses', 'expires_at'],
        properties: {
          id: idSchema,
          role: {
            ...roleSchema,
            type: ['string', 'null'],
            enum: [...roleSchema.enum, null],
            description: 'null: a key',
          },
          uses: { type: 'integer', description: 'How often it still serves' },
          expires_at: { type: 'string', format: 'date-time' },
        },
      },
    },
  },
} as const

const removedSchema = {
  description: 'There is none by that id any more; asked again it is answered the same',
  type: 'object',
  required: ['id'],
  properties: { id: idSchema },
} as const

const withId = { type: 'object', properties: { id: idSchema }, required: ['id'] } as const

interface InviteParameters {
  id: string
}

/**
 * What lets into a space, and what lets further keys sign for a handle: `GET` of `/api/repos/{owner}/{slug}/invites` and of
 * `/api/auth/invites` lists them, `DELETE` of one below takes it back.
 */
export function givenInviteRoutes(app: FastifyInstance, context: HubContext): void {
  const { store, clock } = context
  const spaceOf = async ({ owner, slug }: SpaceParameters, handle: string | null): Promise<Space> => {
    const space = await assertMay(store, { owner, slug, handle }, 'uninvite')
    if (space === null) throw coordError('NO_SUCH_THING', `space ${owner}/${slug}`)
    return space
  }

  app.get<{ Params: SpaceParameters }>(
    paths.invites(':owner', ':slug'),
    {
      config: { signature: 'required' },
      schema: {
        summary: 'See the invitations into a space',
        operationId: 'seeInvites',
        security: signed,
        params: spaceParameters,
        response: { 200: listSchema, ...errorAnswers },
      },
    },
    async (request) => {
      const space = await spaceOf(request.params, request.handle)
      return { invites: (await store.invites({ space }, clock.now())).map(shown) }
    },
  )

  app.delete<{ Params: SpaceParameters & InviteParameters }>(
    paths.invitation(':owner', ':slug', ':id'),
    {
      config: { signature: 'once' },
      schema: {
        summary: 'Take an invitation into a space back',
        operationId: 'removeInvite',
        security: signed,
        params: {
          type: 'object',
          properties: { ...spaceParameters.properties, id: idSchema },
          required: [...spaceParameters.required, 'id'],
        },
        response: { 200: removedSchema, ...errorAnswers },
      },
    },
    async (request) => {
      const { id } = request.params
      await store.removeInvite(id, { space: await spaceOf(request.params, request.handle) }, doing(context, request).by)
      return { id }
    },
  )

  app.get(
    paths.deviceInvites,
    {
      config: { signature: 'required' },
      schema: {
        summary: 'See the invitations of further keys for a handle',
        operationId: 'seeDeviceInvites',
        security: signed,
        response: { 200: listSchema, ...errorAnswers },
      },
    },
    async (request) => {
      const { handle } = signerOf(request)
      return { invites: (await store.invites({ deviceOf: handle }, clock.now())).map(shown) }
    },
  )

  app.delete<{ Params: InviteParameters }>(
    paths.deviceInvitation(':id'),
    {
      config: { signature: 'once' },
      schema: {
        summary: 'Take an invitation of a further key back',
        operationId: 'removeDeviceInvite',
        security: signed,
        params: withId,
        response: { 200: removedSchema, ...errorAnswers },
      },
    },
    async (request) => {
      const { id } = request.params
      await store.removeInvite(id, { deviceOf: signerOf(request).handle })
      return { id }
    },
  )
}

function shown({ codeHash, space, uses, expiresAt }: Invite) {
  return { id: codeHash, role: space?.role ?? null, uses, expires_at: new Date(expiresAt).toISOString() }
}
