import type { FastifyInstance } from 'fastify'
import type { HubContext } from '../context.js'
import { errorAnswers, unsigned } from './schemas.js'

/** `GET /metrics`: what the hub counts, as Prometheus reads it. */
export function metricsRoute(app: FastifyInstance, { metrics }: HubContext): void {
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none'
    const labels = { method: request.method, route, status: String(reply.statusCode) }
    metrics.requests.observe(labels, reply.elapsedTime / 1000)
  })

  app.get(
    '/metrics',
    {
      schema: {
        summary: 'Counters for Prometheus',
        operationId: 'metrics',
        security: unsigned,
        produces: ['text/plain'],
        response: { 200: { description: 'Prometheus text format', type: 'string' }, ...errorAnswers },
      },
    },
    async (_request, reply) => {
      reply.header('content-type', metrics.registry.contentType)
      return metrics.registry.metrics()
    },
  )
}
