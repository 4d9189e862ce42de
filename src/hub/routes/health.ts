import type { FastifyInstance } from 'fastify'
import { coordError } from '../../base/errors.js'
import type { HubContext } from '../context.js'
import { errorAnswers, unsigned } from './schemas.js'

const answerSchema = { type: 'object', properties: { status: { type: 'string' } } } as const

/**
 * `GET /healthz` (and `/health`): this process runs. `GET /readyz`: it can also do its work, that is, its store answers
 * and it is not on its way down.
 */
export function healthRoutes(app: FastifyInstance, context: HubContext): void {
  for (const path of ['/healthz', '/health']) {
    app.get(
      path,
      {
        exposeHeadRoute: true,
        schema: {
          summary: 'Whether the process runs',
          operationId: path.slice(1),
          security: unsigned,
          response: { 200: { description: 'It does', ...answerSchema }, ...errorAnswers },
        },
      },
      async () => ({ status: 'ok' }),
    )
  }

  app.get(
    '/readyz',
    {
      exposeHeadRoute: true,
      schema: {
        summary: 'Whether the hub can do its work',
        operationId: 'readyz',
        security: unsigned,
        response: { 200: { description: 'It can', ...answerSchema }, ...errorAnswers },
      },
    },
    async () => {
      if (context.isDraining) throw coordError('HUB_DRAINING')
      await context.store.ping()
      return { status: 'ready' }
    },
  )
}
