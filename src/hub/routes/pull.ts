import type { FastifyInstance } from 'fastify'
import { quote } from '../../base/quote.js'
import { DEFAULT_PAGE, MAX_PAGE, paths } from '../../record/protocol.js'
import { isKindName } from '../../record/record.js'
import { enterSpace } from '../access.js'
import { answerPage, makeRoomForPage } from '../answer-page.js'
import { nameOf, proven } from '../beneficiary.js'
import type { HubContext } from '../context.js'
import { type PagePart, readPage } from '../read-page.js'
import { refusal } from '../refusal.js'
import type { Throttle } from '../throttle.js'
import {
  errorAnswers,
  featuresSchema,
  historyProperties,
  type SpaceParameters,
  seenSchema,
  signedOrNot,
  spaceParameters,
} from './schemas.js'

/** The most kinds that one request may name. */
const MAX_KINDS = 64

const querySchema = {
  type: 'object',
  properties: {
    since_id: { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER, default: 0 },
    limit: { type: 'integer', minimum: 1, maximum: MAX_PAGE, default: DEFAULT_PAGE },
    kinds: { type: 'array', items: { type: 'string' }, description: 'Repeated or divided by commas; none: all' },
    seen: seenSchema,
  },
} as const

const answerSchema = {
  type: 'object',
  required: ['records', 'cursor', 'has_more', 'epoch', 'now', 'features'],
  properties: {
    records: {
      type: 'array',
      items: {
        type: 'object',
        required: ['id', 'kind', 'record_id', 'run_id', 'payload', 'expires_at', 'author', 'token', 'received_at'],
        properties: {
          id: { type: 'integer' },
          kind: { type: 'string' },
          record_id: { type: 'string' },
          run_id: { type: 'string' },
          payload: { type: 'object', description: 'As its writer wrote it' },
          expires_at: { type: ['string', 'null'] },
          author: { type: 'string' },
          token: { type: ['integer', 'null'] },
          revision: { type: 'integer', description: 'Of a register whose writer counts its changes' },
          received_at: { type: 'string' },
        },
      },
    },
    cursor: { type: 'integer', description: 'The since_id of the next request' },
    has_more: { type: 'boolean' },
    floor_id: {
      type: 'integer',
      description: 'The highest id that retention has removed. A reader that passed it before starts over.',
    },
    ...historyProperties,
    now: { type: 'string', description: 'ISO 8601, by the clock that judges leases' },
    features: featuresSchema,
  },
} as const

interface Query {
  since_id: number
  limit: number
  kinds?: string[]
  seen?: string[]
}

/** `GET /{owner}/{slug}/coord/pull`: what a space has beyond a cursor, oldest first. */
export function pullRoute(app: FastifyInstance, context: HubContext, throttle: Throttle): void {
  app.get<{ Params: SpaceParameters; Querystring: Query }>(
    paths.pull(':owner', ':slug'),
    {
      config: { signature: 'optional' },
      schema: {
        summary: 'Pull the records of a space beyond a cursor',
        operationId: 'pull',
        security: signedOrNot,
        params: spaceParameters,
        querystring: querySchema,
        response: { 200: { description: 'Ascending by id', ...answerSchema }, ...errorAnswers },
      },
    },
    async (request, reply) => {
      const kinds = kindNames(request.query.kinds ?? [])
      // Nothing was waited for since the head came.
      const visitor = request.claim?.visitor ?? null
      const space = await enterSpace(context.store, { ...request.params, handle: request.handle, visitor }, 'pull')
      const { since_id: sinceId, limit, seen = [] } = request.query
      const lot = makeRoomForPage(request, reply, context)
      throttle.assertMayTake(request, reply)
      const who = nameOf(proven(request))
      const parts = readPage(context, space, { who, sinceId, limit, kinds, seen })
      const first = (await parts.next()).value as PagePart
      if (sinceId > first.lastId) throw refusal('CURSOR_AHEAD', sinceId, first.lastId)
      const onBytes = (count: number) => throttle.taken(request, count)
      return answerPage(request, reply, context, { lot, first, rest: parts, onBytes })
    },
  )
}

function kindNames(words: readonly string[]): string[] {
  const kinds = words.flatMap((word) => word.split(',')).filter((word) => word !== '')
  const wrong = kinds.find((kind) => !isKindName(kind))
  if (wrong !== undefined) throw refusal('BODY_INVALID', `${quote(wrong)} is no name of a kind.`)
  if (kinds.length > MAX_KINDS) throw refusal('BODY_INVALID', `more than ${MAX_KINDS} kinds are named.`)
  return kinds
}
