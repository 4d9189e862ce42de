import { coordError } from '../base/errors.js'
import { quote } from '../base/quote.js'
import { markOf, type ProcessMark, readProcessMark } from '../files/process-mark.js'
import type { Place } from '../kinds/kind.js'
import type { JsonObject } from '../record/record.js'
import { placeOf, readPlace } from './place.js'
import type { Session } from './session.js'

/** Where a record comes from, as its payload says it: fields that verbs write into what a run holds, and into its beats. */
export interface Origin {
  readonly place: Place
  /** The process whose end is the end of the run, where one is named. */
  readonly process?: ProcessMark
}

/** Names the process of this machine whose end is the end of the run. */
export const PROCESS_VARIABLE = 'MUSE_COORD_PID'

/** What is written of where a session works. Throws `FLAG_VALUE` for a `MUSE_COORD_PID` that is no process id. */
export function originOf({ workspace, env }: Session): Origin {
  const place = placeOf(workspace.repo)
  const pid = env[PROCESS_VARIABLE]
  if (!pid) return { place }
  if (!/^[1-9]\d{0,9}$/.test(pid)) throw coordError('FLAG_VALUE', PROCESS_VARIABLE, quote(pid), 'the id of a process')
  return { place, process: markOf(Number(pid)) }
}

/** The same from a payload, whoever wrote it. */
export function readOrigin({ place, process }: JsonObject): {
  readonly place: Place | null
  readonly process: ProcessMark | null
} {
  return { place: readPlace(place), process: readProcessMark(process) }
}
