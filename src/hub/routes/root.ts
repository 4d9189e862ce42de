import type { FastifyInstance } from 'fastify'
import { RELEASE } from '../../base/release.js'
import { FEATURES, paths } from '../../record/protocol.js'
import { errorAnswers, featuresSchema, unsigned } from './schemas.js'

const answerSchema = {
  type: 'object',
  required: ['name', 'version', 'features'],
  properties: { name: { type: 'string' }, version: { type: 'string' }, features: featuresSchema },
} as const

/** `GET /`: what this is, and what it does beyond what every hub does. */
export function rootRoute(app: FastifyInstance): void {
  app.get(
    paths.root,
    {
      exposeHeadRoute: true,
      schema: {
        summary: 'What this hub is, and what it can do',
        operationId: 'root',
        security: unsigned,
        response: { 200: { description: 'A hub of muse-coord', ...answerSchema }, ...errorAnswers },
      },
    },
    async () => ({ name: 'muse-coord hub', version: RELEASE, features: FEATURES }),
  )
}
