import { coordError } from '../base/errors.js'

/**
 * An error that is the answer to a request, below 500: its sentence tells all of it, and nobody looks where it was made. To note that
 * takes longer than all else of a refusal, and strangers can have a hub do it as often as they like.
 */
export const refusal: typeof coordError = (code, ...values) => {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  try {
    return coordError(code, ...values)
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}
