import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { type Ranked, taskOrder } from '../../plugins/tasks/board.js'

const ranked: fc.Arbitrary<Ranked> = fc.record({
  taskId: fc.constantFrom('a', 'b', 'c', 'd', 'B'),
  priority: fc.constantFrom(-1, 0, 0.5, 3),
  createdAtMs: fc.constantFrom(null, 0, 1, 2),
})

describe('the order of tasks', () => {
  it('puts the highest priority first, then the oldest, then the id', () => {
    const tasks: Ranked[] = [
      { taskId: 'undated', priority: 1, createdAtMs: null },
      { taskId: 'b', priority: 1, createdAtMs: 5 },
      { taskId: 'urgent', priority: 2, createdAtMs: 9 },
      { taskId: 'a', priority: 1, createdAtMs: 5 },
      { taskId: 'old', priority: 1, createdAtMs: 4 },
      { taskId: 'low', priority: -1, createdAtMs: 0 },
    ]
    expect(tasks.sort(taskOrder).map(({ taskId }) => taskId)).toEqual(['urgent', 'old', 'a', 'b', 'undated', 'low'])
  })

  it('is one order: symmetric, transitive, and equal for nothing but the same', () => {
    fc.assert(
      fc.property(ranked, ranked, ranked, (one, other, third) => {
        expect(Math.sign(taskOrder(one, other)) + Math.sign(taskOrder(other, one))).toBe(0)
        if (taskOrder(one, other) <= 0 && taskOrder(other, third) <= 0) {
          expect(taskOrder(one, third)).toBeLessThanOrEqual(0)
        }
        const isSame =
          one.taskId === other.taskId && one.priority === other.priority && one.createdAtMs === other.createdAtMs
        expect(taskOrder(one, other) === 0).toBe(isSame)
      }),
    )
  })

  it('comes out the same from whatever order the files are read in', () => {
    fc.assert(
      fc.property(fc.array(ranked), fc.infiniteStream(fc.nat()), (tasks, keys) => {
        const shuffled = tasks
          .map((task) => ({ task, key: keys.next().value as number }))
          .sort((one, other) => one.key - other.key)
          .map(({ task }) => task)
        expect(shuffled.sort(taskOrder)).toEqual(tasks.sort(taskOrder))
      }),
    )
  })
})
