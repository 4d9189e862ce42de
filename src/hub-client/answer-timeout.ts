import { coordError } from '../base/errors.js'
import { quote } from '../base/quote.js'

/** When nobody says. */
export const DEFAULT_TIMEOUT_SECONDS = 30

/**
 * Seconds that a hub has for a whole answer: as given, else `MUSE_COORD_TIMEOUT`; `undefined`: nobody says.
 *
 * @throws `FLAG_VALUE`
 */
export function answerTimeout(
  given: number | undefined,
  env: Readonly<Record<string, string | undefined>>,
): number | undefined {
  if (given !== undefined) return checked('timeoutSeconds', given, given)
  const text = env.MUSE_COORD_TIMEOUT
  return text ? checked('MUSE_COORD_TIMEOUT', Number(text), text) : undefined
}

function checked(name: string, seconds: number, given: unknown): number {
  if (seconds > 0 && seconds <= 3600) return seconds
  throw coordError('FLAG_VALUE', name, quote(given), 'seconds above 0, at most 3600')
}
