import { coordError, nearest } from '../../src/index.js'
import type { Board, BoardTask } from './board.js'

const SHORTEST_PREFIX = 4

/**
 * The task of an id, or of a beginning that only one id has.
 *
 * @throws `RECORD_UNKNOWN` with the nearest id, `RECORD_AMBIGUOUS`
 */
export function findTask(board: Board, id: string): BoardTask {
  const task = board.get(id)
  if (task !== undefined) return task
  const ids = [...board.keys()]
  const matches = id.length < SHORTEST_PREFIX ? [] : ids.filter((candidate) => candidate.startsWith(id))
  if (matches.length > 1) throw coordError('RECORD_AMBIGUOUS', id, matches.slice(0, 5).join(', '))
  const [only] = matches
  if (only === undefined) throw coordError('RECORD_UNKNOWN', 'task', id, nearest(id, ids))
  return board.get(only) as BoardTask
}
