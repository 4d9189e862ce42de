import type { FastifyInstance } from 'fastify'
import { paths } from '../../record/protocol.js'
import { KIND_NAME_PATTERN, MERGE_RULES, type MergeRule } from '../../record/record.js'
import { enterSpace } from '../access.js'
import { doing, type HubContext } from '../context.js'
import { errorAnswers, type SpaceParameters, signed, spaceParameters } from './schemas.js'

const kindSchema = { type: 'string', pattern: KIND_NAME_PATTERN, description: 'Name of the kind' } as const
const mergeSchema = { type: 'string', enum: [...MERGE_RULES] } as const

const parameters = {
  type: 'object',
  properties: { ...spaceParameters.properties, kind: kindSchema },
  required: ['owner', 'slug', 'kind'],
} as const

/** `PUT /api/repos/{owner}/{slug}/kinds/{kind}`: the owner puts a merge rule right that somebody's push has fixed. */
export function ruleRoutes(app: FastifyInstance, context: HubContext): void {
  app.put<{ Params: SpaceParameters & { kind: string }; Body: { merge: MergeRule } }>(
    paths.rule(':owner', ':slug', ':kind'),
    {
      config: { signature: 'once' },
      schema: {
        summary: 'Fix the merge rule of a kind',
        operationId: 'setRule',
        security: signed,
        params: parameters,
        body: { type: 'object', required: ['merge'], properties: { merge: mergeSchema } },
        response: {
          200: {
            description: 'The rule as it is now',
            type: 'object',
            required: ['kind', 'merge'],
            properties: { kind: kindSchema, merge: mergeSchema },
          },
          ...errorAnswers,
        },
      },
    },
    async (request) => {
      const { kind, ...names } = request.params
      const { merge } = request.body
      const doer = doing(context, request)
      const space = await enterSpace(context.store, { ...names, handle: request.handle }, 'rule', doer)
      await context.store.setRule(space, kind, merge, doer.by)
      return { kind, merge }
    },
  )
}
