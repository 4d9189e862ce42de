import type { OutgoingHttpHeaders } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { quote } from '../../base/quote.js'
import { paths } from '../../record/protocol.js'
import { enterSpace, type Visit } from '../access.js'
import { signsStill } from '../authentication.js'
import type { HubContext } from '../context.js'
import { EventStream } from '../event-stream.js'
import { OpenStreams, type StreamPlace } from '../open-streams.js'
import { refusal } from '../refusal.js'
import type { Space } from '../stores/space-directory.js'
import { whenOver } from '../when-over.js'
import { errorAnswers, type SpaceParameters, seenSchema, signedOrNot, spaceParameters } from './schemas.js'

/** What a reader waits before it comes again, in milliseconds. */
const RETRY_MILLISECONDS = 1000

/** How often is looked whether somebody's rights were changed, here or by another hub of the store, in milliseconds. */
const RIGHTS_MILLISECONDS = 500

/** With more acts than this since the last look all streams are looked at. */
const MOST_ACTS = 1_000

/**
 * `GET /{owner}/{slug}/coord/watch`: server-sent events that say where a space ends. A reader resumes by
 * `Last-Event-ID`; whatever it missed meanwhile is one event.
 */
export function watchRoute(app: FastifyInstance, context: HubContext): void {
  const { store, limits, feed, metrics, history } = context
  const open = new OpenStreams(limits)
  const rights = setInterval(() => {
    if (open.size > 0) endRevoked().catch(() => undefined) // The store does not answer, and is asked again.
  }, RIGHTS_MILLISECONDS)
  rights.unref()

  // Streams never end by themselves, and the server waits for all connections.
  app.addHook('preClose', async () => {
    clearInterval(rights)
    open.drain()
  })

  app.get<{ Params: SpaceParameters; Querystring: { since_id: number; seen?: string[] } }>(
    paths.watch(':owner', ':slug'),
    {
      config: { signature: 'optional' },
      schema: {
        summary: 'Hear of changes in a space as they happen',
        operationId: 'watch',
        security: signedOrNot,
        params: spaceParameters,
        querystring: {
          type: 'object',
          properties: {
            since_id: { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER, default: 0 },
            seen: seenSchema,
          },
        },
        headers: {
          type: 'object',
          properties: { 'last-event-id': { type: 'string', description: 'Goes before since_id' } },
        },
        produces: ['text/event-stream'],
        response: {
          200: {
            description: 'event: cursor, id: the last id of the space; follows, as pull has it, where it is false',
            type: 'string',
          },
          ...errorAnswers,
        },
      },
    },
    async (request, reply) => {
      const visit: Visit = { ...request.params, handle: request.handle }
      const { lastAct } = open
      const space = await enterSpace(store, visit, 'pull')
      const sinceId = resumedAt(request.headers['last-event-id']) ?? request.query.since_id
      const place = open.enter(request, reply, {
        spaceId: space.id,
        assertAllowed: () => assertStillAllowed(request, visit),
      })
      // Listens before it looks where the space ends: no commit may fall between the two.
      const heard: (number | null)[] = []
      let onCommit = (lastId: number | null): unknown => heard.push(lastId)
      const unwatch = feed.watch(space.id, (lastId) => onCommit(lastId))
      metrics.streams.set(open.size)
      let isGone = false
      whenOver(request.raw, reply.raw, () => {
        isGone = true
        unwatch()
        open.leave(place)
        metrics.streams.set(open.size)
      })
      const { lastId, follows } = await endOf(space, sinceId, request.query.seen ?? [])
      // What was done between the look at the rights and the place is looked for by nobody else.
      if (open.lastAct !== lastAct) await place.reader.assertAllowed()
      if (isGone) return reply.hijack()
      const stream = openStream(reply, sinceId)
      if (!place.fill(stream)) return
      if (follows) stream.cursor(lastId)
      else stream.startOver(lastId)
      onCommit = (id) => (id === null ? look(space, stream) : stream.cursor(id))
      for (const id of heard) onCommit(id)
      keepAlive(request, reply, stream, place)
    },
  )

  async function endRevoked(): Promise<void> {
    const { lastAct: before } = open
    const lastAct = await store.lastAct()
    if (lastAct === before) return
    const places = before === null ? null : await store.actsAfter(before, MOST_ACTS)
    open.endRevoked(lastAct, places?.length === MOST_ACTS ? null : places)
  }

  async function endOf(
    space: Space,
    sinceId: number,
    seen: readonly string[],
  ): Promise<{ lastId: number; follows: boolean }> {
    const { lastId } = await store.since(space, { sinceId, limit: 0, kinds: [] })
    const follows = await history.follows(space, seen)
    if (sinceId > lastId) throw refusal('CURSOR_AHEAD', sinceId, lastId)
    return { lastId, follows }
  }

  function openStream(reply: FastifyReply, sinceId: number): EventStream {
    reply.hijack()
    // It stands still between two comments. By these it is found out whether its reader still takes anything.
    reply.raw.setTimeout(0)
    reply.raw.writeHead(200, {
      ...(reply.getHeaders() as OutgoingHttpHeaders),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      connection: 'close',
    })
    reply.raw.write(`retry: ${RETRY_MILLISECONDS}\n\n`)
    return new EventStream(reply.raw, () => store.epoch, sinceId)
  }

  /** Looks where the space ends, when the feed cannot tell. The reader comes again if the store does not answer. */
  function look(space: Space, stream: EventStream): void {
    store.since(space, { sinceId: 0, limit: 0, kinds: [] }).then(
      ({ lastId }) => stream.found(lastId),
      () => stream.end(),
    )
  }

  /** Comments in time, and the end for a reader who may no longer read here. */
  function keepAlive(request: FastifyRequest, reply: FastifyReply, stream: EventStream, { reader }: StreamPlace): void {
    const timer = setInterval(() => {
      reader.assertAllowed().then(
        () => stream.comment(),
        () => stream.end(),
      )
    }, limits.streamCommentSeconds * 1000)
    whenOver(request.raw, reply.raw, () => clearInterval(timer))
  }

  /** Rejects when the space was closed to the reader, or the key that opened the stream signs no more. */
  async function assertStillAllowed({ claim }: FastifyRequest, visit: Visit): Promise<void> {
    await enterSpace(store, visit, 'pull')
    if (claim === null) return
    if (!(await signsStill(store, claim))) throw refusal('NOT_SIGNED')
  }
}

function resumedAt(header: string | string[] | undefined): number | undefined {
  if (header === undefined || header === '') return undefined
  if (typeof header === 'string' && /^\d{1,15}$/.test(header)) return Number(header)
  throw refusal('BODY_INVALID', `Last-Event-ID ${quote(header)} is no cursor.`)
}
