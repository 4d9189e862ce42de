import { timeOf } from '../../src/plugin.js'
import type { Task } from './board.js'

/** The order in which tasks are claimed, but for their ids, as texts: see `taskOrder`. */
export function taskRank({ priority, created_at: createdAt }: Task): string {
  const wanted = typeof priority === 'number' && Number.isFinite(priority) ? priority : 0
  return sortable(-wanted) + sortable(timeOf(createdAt) ?? Number.POSITIVE_INFINITY)
}

const view = new DataView(new ArrayBuffer(8))

/** 16 hex digits that stand in the order of the numbers: the bits of a double, the negative ones turned round. */
function sortable(value: number): string {
  // Two zeros are one.
  view.setFloat64(0, value + 0)
  const [high, low] = [view.getUint32(0), view.getUint32(4)]
  const isNegative = high >= 0x80000000
  return hex(isNegative ? ~high : high | 0x80000000) + hex(isNegative ? ~low : low)
}

function hex(bits: number): string {
  return (bits >>> 0).toString(16).padStart(8, '0')
}
