import path from 'node:path'
import { isJsonObject, type JsonObject, locate, readPlace, StoreLook } from '../../../src/plugin.js'
import { pathsNear } from '../../addresses/address-index.js'
import { readAddresses } from '../../addresses/read-addresses.js'
import { readTexts } from '../../fields.js'
import { runOf } from '../agent-run.js'
import { type HookRequest, readEvent } from '../read-event.js'
import { RunNotes } from '../run-notes.js'
import { isUnchecked, NO_RUN } from '../unchecked.js'
import { KEPT_INSIDE } from './edited-addresses.js'
import { ENOUGH_MILLISECONDS, NOTHING } from './moment.js'

type Environment = StoreLook['env']
type HoldingFile = NonNullable<ReturnType<StoreLook['holdsNear']>>['holding'][number]

/** Where the records lie by which an edit holds its file. */
const RESERVATIONS = 'reservations'

/**
 * The answer before an edit of what its run has alone already, where a look at the index shows that: nothing is reserved, refused or
 * told then. `undefined`: it has to be found out.
 *
 * @param directory in which the hook was started, absolute
 */
export function firstEdit(directory: string, env: Environment, request: HookRequest): JsonObject | null | undefined {
  const event = readEvent(request)
  if (event?.moment !== 'before_edit' || event.paths.length === 0) return undefined
  const runId = runOf({ env }, request.program, event)
  const look = StoreLook.at(path.resolve(directory, event.directory ?? '.'), env)
  if (runId === null || look === null) return undefined
  const paths = event.paths.map((named) => path.resolve(look.directory, named))
  // What lies in another tree, or in a folder that is still to be made, is another session's matter.
  const { tree } = look.workspace.repo
  if (!paths.every((whole) => locate(path.dirname(whole), env)?.tree === tree)) return undefined
  const { inside, outside } = readAddresses(look, paths)
  if (outside.length > 0 || inside.some((address) => KEPT_INSIDE.test(address))) return undefined
  if (hasMoreToDo(look, inside, runId)) return undefined
  return isHeldAlone(look, inside, runId) ? request.program.answer(event, NOTHING) : undefined
}

/** Something has to be told with this answer, or forgotten: that an edit of just these was refused. */
function hasMoreToDo(look: StoreLook, addresses: readonly string[], runId: string): boolean {
  if (isUnchecked(look, runId) || isUnchecked(look, NO_RUN)) return true
  return new RunNotes(look, runId).refused().some((address) => addresses.includes(address))
}

function isHeldAlone(look: StoreLook, addresses: readonly string[], runId: string): boolean {
  const found = look.holdsNear(addresses.flatMap(pathsNear))
  if (found === null || found.place === null) return false
  const held: string[] = []
  for (const file of found.holding) {
    const payload = readOwn(file, runId)
    if (payload === null || readPlace(payload.place)?.id !== found.place) return false
    if (payload.exclusive === true && file.endsAt - look.clock.now() > ENOUGH_MILLISECONDS) {
      held.push(...readTexts(payload.addresses))
    }
  }
  return addresses.every((address) => held.includes(address))
}

/** What a file says that this store's own run has written; `null`: it may be another's. */
function readOwn({ directory, runId, payload }: HoldingFile, ownRunId: string): JsonObject | null {
  const document: unknown = directory === RESERVATIONS && runId === ownRunId ? JSON.parse(payload) : null
  return isJsonObject(document) ? document : null
}
