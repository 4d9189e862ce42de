import type { FastifyInstance, FastifyRequest } from 'fastify'
import { paths, type Visibility } from '../../record/protocol.js'
import { enterSpace, mayAlso } from '../access.js'
import { doing, type HubContext } from '../context.js'
import type { Space } from '../stores/space-directory.js'
import {
  errorAnswers,
  nameSchema,
  roleSchema,
  type SpaceParameters,
  signed,
  signedOrNot,
  spaceParameters,
} from './schemas.js'

const PATH = paths.space(':owner', ':slug')

const visibilitySchema = { type: 'string', enum: ['private', 'public'] } as const

const answerSchema = {
  type: 'object',
  required: ['owner', 'slug', 'visibility'],
  properties: {
    owner: nameSchema,
    slug: nameSchema,
    visibility: visibilitySchema,
    members: {
      type: 'array',
      description: 'For the owner and the members',
      items: { type: 'object', properties: { handle: nameSchema, role: roleSchema } },
    },
  },
} as const

/** `GET` and `PUT /api/repos/{owner}/{slug}`: what a space is, and whether the public may read it. */
export function spaceRoutes(app: FastifyInstance, context: HubContext): void {
  const { store } = context

  app.get<{ Params: SpaceParameters }>(
    PATH,
    {
      config: { signature: 'optional' },
      schema: {
        summary: 'See a space',
        operationId: 'seeSpace',
        security: signedOrNot,
        params: spaceParameters,
        response: { 200: { description: 'The space', ...answerSchema }, ...errorAnswers },
      },
    },
    async (request) => {
      const space = await enterSpace(store, { ...request.params, handle: request.handle }, 'see')
      return describe(space, request)
    },
  )

  app.put<{ Params: SpaceParameters; Body: { visibility: Visibility } }>(
    PATH,
    {
      config: { signature: 'once' },
      schema: {
        summary: 'Create a space or change its visibility',
        operationId: 'changeSpace',
        security: signed,
        params: spaceParameters,
        body: { type: 'object', required: ['visibility'], properties: { visibility: visibilitySchema } },
        response: { 200: { description: 'The space as it is now', ...answerSchema }, ...errorAnswers },
      },
    },
    async (request) => {
      const doer = doing(context, request)
      const space = await enterSpace(store, { ...request.params, handle: request.handle }, 'change', doer)
      const { visibility } = request.body
      await store.setVisibility(space, visibility, doer.by)
      return describe({ ...space, visibility }, request)
    },
  )

  async function describe(space: Space, request: FastifyRequest): Promise<object> {
    const { owner, slug, visibility } = space
    if (!(await mayAlso(store, space, request.handle, 'list members'))) return { owner, slug, visibility }
    const members = [...(await store.members(space))].map(([handle, role]) => ({ handle, role }))
    return { owner, slug, visibility, members }
  }
}
