import { FetchError } from 'ofetch'
import { CoordError, coordError, problemOf } from '../base/errors.js'
import { compileCheck } from '../base/json/validation.js'
import { quote } from '../base/quote.js'
import { paths } from '../record/protocol.js'
import { isJsonObject, type JsonObject } from '../record/record.js'
import { errorAnswerSchema } from './answers.js'
import { PROXY_REFUSED } from './proxy.js'

/**
 * Why a request to a hub failed, as an error of the table: no answer, one that cannot be used, or a refusal.
 *
 * @param handle who signed; `null`: nobody
 */
export async function hubError(thrown: unknown, handle: string | null): Promise<unknown> {
  if (!(thrown instanceof FetchError)) return thrown
  const url = String(thrown.request)
  if (thrown.status !== undefined) return refusal(thrown.status, thrown.data, new URL(url), handle)
  return thrown.cause instanceof CoordError ? thrown.cause : noAnswer(url, thrown.cause)
}

/** What a system or a proxy says to those whom it keeps from the network. */
const CLOSED: ReadonlySet<unknown> = new Set(['EPERM', 'EACCES', 'ENETUNREACH', 'ENETDOWN', 'EAI_AGAIN', PROXY_REFUSED])

/** Why a hub has not answered at all: it may be gone, or this program kept from asking it. */
export function noAnswer(url: string, error: unknown): CoordError {
  const { code } = innermostOf(error) as { code?: unknown }
  return coordError(CLOSED.has(code) ? 'NETWORK_CLOSED' : 'HUB_UNREACHABLE', hubOf(url), networkProblem(error))
}

/** The address of a hub without what it was asked for: it is the hub that is away. */
function hubOf(url: string): string {
  return url.replace(/\/(?:[^/]+\/[^/]+\/coord|api)\/[^/].*$/, '')
}

/** What a refusal says; nothing where it is no hub's. */
export function saidIn(data: unknown): JsonObject {
  const said = typeof data === 'string' ? jsonOrText(data) : data
  return isJsonObject(said) ? said : {}
}

/** A refusal may be anybody's page, so what is no JSON is the text. */
export function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

async function refusal(status: number, data: unknown, url: URL, handle: string | null): Promise<CoordError> {
  const said = saidIn(data)
  const isHubs = (await compileCheck(errorAnswerSchema))(said) === null
  const { detail, status: word } = isHubs
    ? (said as { detail: string; status?: string })
    : { detail: quote(data ?? '') }
  if (status === 413) return coordError('HUB_TOO_LARGE', detail)
  if (word === 'cursor_ahead') return coordError('HUB_CURSOR_AHEAD', detail)
  if (url.pathname.endsWith(paths.verify) && isHubs && (word === 'conflict' || word === 'forbidden')) {
    return coordError(word === 'conflict' ? 'HUB_HANDLE_TAKEN' : 'HUB_NOT_INVITED', detail)
  }
  const space = /\/([^/]+\/[^/]+)\/coord\/\w+$|\/api\/repos\/([^/]+\/[^/]+)(\/.+)?$/.exec(url.pathname)
  // What belongs to a space may be missing by itself, or its route at an older hub.
  const isSpaceMissing = space?.[3] === undefined || detail.startsWith('There is no space ')
  if (status === 404 && isHubs && space && isSpaceMissing)
    return coordError('SPACE_HIDDEN', (space[1] ?? space[2]) as string, handle, url.origin)
  if (status === 401 || status === 403) return coordError('HUB_DENIED', status, detail)
  const passes = status >= 500 || status === 429
  return coordError(passes ? 'HUB_UNAVAILABLE' : 'HUB_REFUSED', status, detail)
}

function networkProblem(error: unknown): string {
  const innermost = innermostOf(error)
  const { code } = innermost as { code?: unknown }
  const problem = problemOf(innermost)
  return typeof code === 'string' && !problem.includes(code)
    ? `${problem || 'failed'} (${code})`
    : problem || quote(code)
}

/** fetch hides what happened in a chain of causes, the innermost of which says it. */
function innermostOf(error: unknown): object {
  let innermost = error
  while (typeof innermost === 'object' && innermost !== null && 'cause' in innermost && innermost.cause) {
    innermost = innermost.cause
  }
  return typeof innermost === 'object' && innermost !== null ? innermost : { message: String(innermost) }
}
