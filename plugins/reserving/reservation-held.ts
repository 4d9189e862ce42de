import { type CoordError, coordError, idArgument, shellWord } from '../../src/plugin.js'

/** A hold that keeps a run from what it asks for. */
interface InTheWay {
  /** Name of its kind. */
  readonly kind: string
  readonly what: string
  /** In words: `until 2026-03-18 13:00:00Z`. */
  readonly until: string
}

/** The error that an address of another run is. What is held by records of other kinds `release` takes from nobody. */
export function addressHeld({ kind, what, until }: InTheWay, runId: string): CoordError {
  const cure = kind === 'reservation' ? [cureOf(shellWord(`:/${what}`))] : []
  return coordError('RECORD_HELD', what, runId, until, ...cure)
}

/** The error that a reservation of another run is. */
export function reservationHeld(reservationId: string, runId: string, until: string): CoordError {
  return coordError('RECORD_HELD', `The reservation ${reservationId}`, runId, until, cureOf(idArgument(reservationId)))
}

/** @param word what is held, as a word of a shell */
function cureOf(word: string): string {
  return `Wait until then: \`muse-coord wait ${word}\`. From a run that is late or gone take it: \`muse-coord release --force --reason TEXT ${word}\`.`
}
