import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { MSIGN_CHALLENGE } from '../auth/msign.js'
import type { Clock } from '../base/clock.js'
import { asCoordError, CoordError, coordError } from '../base/errors.js'
import { formatTimestamp } from '../base/timestamp.js'
import type { ErrorAnswer } from '../record/protocol.js'
import { linger } from './linger.js'
import { refusal } from './refusal.js'

/** By this an answer is found in the hub's log. */
export const REQUEST_ID_HEADER = 'X-Request-Id'

/** The most that is told of a message of the framework. */
const MESSAGE_CHARACTERS = 200

/** Answers any error in the one shape that errors have: `{"detail", "status"}`; where signatures are judged, with the time. */
export function answerError(thrown: unknown, request: FastifyRequest, reply: FastifyReply, clock?: Clock): void {
  const error = publicError(thrown, request)
  if (error.httpStatus >= 500) request.log.error({ err: thrown }, error.message)
  if (error.httpStatus === 401) reply.header('WWW-Authenticate', MSIGN_CHALLENGE)
  if (error.httpStatus === 503 || error.code === 'HUB_BUSY') reply.header('Retry-After', '1')
  if (endsConnection(error, request)) reply.header('connection', 'close')
  if (!request.raw.complete) linger(request.raw.socket)
  const answer: ErrorAnswer = { detail: `${error.message} ${error.hint}`, status: error.status }
  if (error.httpStatus === 401 && clock !== undefined) answer.now = formatTimestamp(clock.now())
  reply
    .code(error.httpStatus)
    .header(REQUEST_ID_HEADER, request.id)
    .header('content-type', 'application/json; charset=utf-8')
    .serializer(JSON.stringify)
    .send(answer)
}

/**
 * Whether nothing more is read from a connection. What was not read to its end stands before the next request. After one that
 * is not to the letter (400; nginx ends it too) the next may be a part that a proxy has read otherwise. And who guesses at
 * signatures connects anew for each further guess.
 */
function endsConnection({ httpStatus, code }: CoordError, { raw }: FastifyRequest): boolean {
  return !raw.complete || httpStatus === 400 || code === 'LOCKED_OUT'
}

/** The error as strangers may read it: a database's own words can hold its address and password. */
function publicError(thrown: unknown, request: FastifyRequest): CoordError {
  if (thrown instanceof CoordError) return isOfStore(thrown) ? coordError('HUB_NOT_READY') : thrown
  if (isFastifyError(thrown)) {
    if (thrown.statusCode === 413) {
      const limit = request.routeOptions.bodyLimit ?? 0
      return refusal('BODY_TOO_LARGE', 'The body', `${limit} bytes`)
    }
    if (thrown.statusCode === 415) {
      const type = request.headers['content-type'] ?? 'no content type'
      return refusal('MEDIA_TYPE', `the content type ${JSON.stringify(type)}`, 'application/json')
    }
    // The message quotes the whole address, however long.
    if (thrown.statusCode < 500) return refusal('BODY_INVALID', `${thrown.message.slice(-MESSAGE_CHARACTERS)}.`)
  }
  return asCoordError(coordError('INTERNAL', `request ${request.id} failed; the hub’s log tells why.`))
}

function isOfStore(error: CoordError): boolean {
  return error.status === 'unavailable' && error.code !== 'HUB_DRAINING'
}

function isFastifyError(thrown: unknown): thrown is FastifyError & { statusCode: number } {
  return thrown instanceof Error && 'statusCode' in thrown && typeof thrown.statusCode === 'number'
}
