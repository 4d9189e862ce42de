import { coordError } from '../base/errors.js'
import { compileCheck } from '../base/json/validation.js'
import { quote } from '../base/quote.js'
import { isJsonObject } from '../record/record.js'
import { errorAnswerSchema } from './answers.js'
import type { HubResponse } from './request.js'

/** The error behind a refusal: what the hub says, where it says it in the shape of a hub. */
export async function hubRefusal({ status, text }: HubResponse, target: string): Promise<Error> {
  let answer: unknown
  try {
    answer = JSON.parse(text)
  } catch {
    answer = null // No hub speaks like this; what it said is quoted below.
  }
  const isHubs = isJsonObject(answer) && (await compileCheck(errorAnswerSchema))(answer) === null
  const { detail, status: word } = isHubs ? (answer as { detail: string; status?: string }) : { detail: quote(text) }
  if (status === 413) return coordError('HUB_TOO_LARGE', detail)
  if (word === 'cursor_ahead') return coordError('HUB_CURSOR_AHEAD', detail)
  const space = /^\/([^/]+\/[^/]+)\/coord\/|^\/api\/repos\/([^/]+\/[^/]+)$/.exec(target)
  if (status === 404 && isHubs && space) return coordError('SPACE_HIDDEN', space[1] ?? (space[2] as string))
  if (status === 401 || status === 403) return coordError('HUB_DENIED', status, detail)
  const passes = status >= 500 || status === 429
  return coordError(passes ? 'HUB_UNAVAILABLE' : 'HUB_REFUSED', status, detail)
}
