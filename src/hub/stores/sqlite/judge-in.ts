import { judgePositions } from '../positions.js'
import type { Position, PositionsVerdict } from '../record-store.js'
import { counterOf, type Statements } from './statements.js'

/** Whether the history of a space holds these positions, inside the transaction of the caller: see `StorePositions.judge`. */
export function judgeIn(statements: Statements, spaceId: number, positions: readonly Position[]): PositionsVerdict {
  const { lastId } = counterOf(statements, spaceId)
  const { id: firstId } = statements.firstPosition.get(spaceId) as { id: number | null }
  const found = positions.map(({ id }) => statements.position.get(spaceId, id) as Position | undefined)
  return judgePositions({ lastId, firstId, found: found.filter((one) => one !== undefined) }, positions)
}
