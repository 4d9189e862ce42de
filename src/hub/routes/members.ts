import type { FastifyInstance } from 'fastify'
import { coordError } from '../../base/errors.js'
import { paths, type Role } from '../../record/protocol.js'
import { enterSpace } from '../access.js'
import { doing, type HubContext } from '../context.js'
import { errorAnswers, nameSchema, roleSchema, type SpaceParameters, signed, spaceParameters } from './schemas.js'

const PATH = paths.member(':owner', ':slug', ':handle')

const parameters = {
  type: 'object',
  properties: { ...spaceParameters.properties, handle: { ...nameSchema, description: 'Handle of the member' } },
  required: ['owner', 'slug', 'handle'],
} as const

const answerSchema = {
  type: 'object',
  required: ['handle', 'role'],
  properties: { handle: nameSchema, role: { type: ['string', 'null'], enum: ['read', 'write', null] } },
} as const

interface MemberParameters extends SpaceParameters {
  handle: string
}

/** `PUT` and `DELETE /api/repos/{owner}/{slug}/members/{handle}`: whom the owner lets in. */
export function memberRoutes(app: FastifyInstance, context: HubContext): void {
  const { store } = context

  app.put<{ Params: MemberParameters; Body: { role: Role } }>(
    PATH,
    {
      config: { signature: 'once' },
      schema: {
        summary: 'Make somebody a member, or change the role',
        operationId: 'setMember',
        security: signed,
        params: parameters,
        body: { type: 'object', required: ['role'], properties: { role: roleSchema } },
        response: { 200: { description: 'The member', ...answerSchema }, ...errorAnswers },
      },
    },
    async (request) => {
      const { owner, slug, handle } = request.params
      const space = await enterSpace(store, { owner, slug, handle: request.handle }, 'admit')
      if (handle === owner) throw coordError('BODY_INVALID', `${handle} owns the space and needs no role in it.`)
      // A role for a handle that nobody has yet would belong to whoever registers it first.
      if ((await store.findIdentity(handle)) === null) throw coordError('NO_SUCH_THING', `handle ${handle} on this hub`)
      await store.setMember(space, handle, request.body.role, doing(context, request).by)
      return { handle, role: request.body.role }
    },
  )

  app.delete<{ Params: MemberParameters }>(
    PATH,
    {
      config: { signature: 'once' },
      schema: {
        summary: 'Take somebody out of the members',
        operationId: 'removeMember',
        security: signed,
        params: parameters,
        response: { 200: { description: 'Without a role now', ...answerSchema }, ...errorAnswers },
      },
    },
    async (request) => {
      const { owner, slug, handle } = request.params
      const space = await enterSpace(store, { owner, slug, handle: request.handle }, 'admit')
      const isRemoved = await store.removeMember(space, handle, doing(context, request).by)
      // Whoever lost the answer asks again. A handle that nobody has was misspelt.
      if (!isRemoved && (handle === owner || (await store.findIdentity(handle)) === null)) {
        throw coordError('NO_SUCH_THING', `member ${handle} of ${owner}/${slug}`)
      }
      return { handle, role: null }
    },
  )
}
