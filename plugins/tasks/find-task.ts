import { findId, type Workspace } from '../../src/plugin.js'
import type { Task } from '../task.js'
import { readBoard, recordOf, type TaskRecord } from './board.js'
import type { Claim } from './claim-state.js'

/**
 * The task of an id, or of a beginning that only one id has. A whole id costs no more among ten thousand.
 *
 * @throws `RECORD_UNKNOWN` with the nearest id, `RECORD_AMBIGUOUS`
 */
export function findTask(workspace: Workspace, id: string): TaskRecord {
  const { view } = workspace
  const entry = view.named<Task>('task', id)
  const claim = view.named<Claim>('claim', id)
  // A claim that lies under another name is found only among all of them.
  if (entry !== undefined && claim !== undefined) return recordOf(entry, claim)
  const board = readBoard(workspace)
  return board.get(findId('task', id, [...board.keys()])) as TaskRecord
}
