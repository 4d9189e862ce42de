import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'

/**
 * `GET /openapi.json`: written from the schemas that check the requests, so it says what is done. Comes before all
 * other routes, because it learns of those that follow.
 */
export async function openapiRoute(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'muse-coord hub',
        description: 'Carries and arbitrates the coordination records of swarms of agents.',
        version: '1',
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: '/' }],
      components: {
        securitySchemes: {
          msign: {
            type: 'http',
            scheme: 'MSign',
            description:
              'Authorization: MSign handle="…" alg="ed25519" ts=… sig="…", Ed25519 over method, host, path, time and body. With Content-Digest: sha-256=:BASE64: of a body it is proved before that is read',
          },
        },
      },
    },
  })
  // One text for all who ask: written anew for each, it costs more than most of what it describes.
  let text: string | undefined
  app.get('/openapi.json', { schema: { hide: true } }, async (_request, reply) => {
    text ??= JSON.stringify(app.swagger())
    return reply.type('application/json; charset=utf-8').send(text)
  })
}
