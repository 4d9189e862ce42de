import type { FastifyInstance } from 'fastify'
import { paths } from '../../record/protocol.js'
import { toWire } from '../../record/wire.js'
import { signerOf } from '../authentication.js'
import type { HubContext } from '../context.js'
import { errorAnswers, nameSchema, signed } from './schemas.js'

const count = { type: 'integer', minimum: 0 } as const

const answerSchema = {
  type: 'object',
  required: ['handle', 'spaces', 'max_spaces', 'records', 'max_records', 'bytes', 'max_bytes'],
  properties: {
    handle: nameSchema,
    spaces: { ...count, description: 'Spaces that it owns' },
    max_spaces: count,
    records: { ...count, description: 'What it has written of what is kept, in all spaces' },
    max_records: count,
    bytes: { ...count, description: 'Of their payloads and names' },
    max_bytes: count,
  },
} as const

/** `GET /api/auth/usage`: how much the handle that signs has of what it may have. */
export function usageRoute(app: FastifyInstance, { store, limits }: HubContext): void {
  app.get(
    paths.usage,
    {
      config: { signature: 'required' },
      schema: {
        summary: 'See how much of its quotas a handle has used',
        operationId: 'seeUsage',
        security: signed,
        response: { 200: { description: 'Used, and the most', ...answerSchema }, ...errorAnswers },
      },
    },
    async (request) => {
      const { handle } = signerOf(request)
      const { spaces, records, bytes } = await store.usage(handle)
      const most = {
        maxSpaces: limits.spacesPerHandle,
        maxRecords: limits.recordsPerHandle,
        maxBytes: limits.keptBytesPerHandle,
      }
      return toWire({ handle, spaces, records, bytes, ...most })
    },
  )
}
