import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { pendingTasks, type Ranked, readBoard, type TaskRecord, taskOrder } from '../../plugins/tasks/board.js'
import { taskRank } from '../../plugins/tasks/task-rank.js'
import { workspaceAt } from '../workspace/workspace-at.js'

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

  it('is that of the texts by which they are ranked', () => {
    const number = fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constantFrom(0, -0))
    const task = fc.record({
      priority: fc.oneof(number, fc.constantFrom('7', null, undefined)),
      created_at: fc.oneof(
        fc.integer({ min: -8e12, max: 8e12 }).map((time) => new Date(time).toISOString()),
        fc.constantFrom('not a time', 5, undefined),
      ),
    })
    const rankedAs = (payload: object): Ranked => {
      const { priority, created_at: createdAt } = payload as { priority?: unknown; created_at?: unknown }
      const time = typeof createdAt === 'string' ? Date.parse(createdAt) : Number.NaN
      return {
        taskId: 'one',
        priority: typeof priority === 'number' ? priority : 0,
        createdAtMs: Number.isNaN(time) ? null : time,
      }
    }
    fc.assert(
      fc.property(task, task, (one, other) => {
        const [first, second] = [taskRank(one as never), taskRank(other as never)]
        const byText = first < second ? -1 : first > second ? 1 : 0
        expect(byText).toBe(Math.sign(taskOrder(rankedAs(one), rankedAs(other))) + 0)
      }),
      { numRuns: 2_000 },
    )
  })

  it('is that in which pending tasks are found one by one, and they are those of the board', async () => {
    const id = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f')
    const task = fc.record({
      priority: fc.constantFrom(0, 1, -2.5, 'none'),
      created_at: fc.constantFrom('2026-03-18T10:00:00Z', '2026-03-18T11:00:00Z', 'once'),
      after: fc.array(id, { maxLength: 2 }),
    })
    const claim = fc.constantFrom(
      { claimer_run_id: 'r', status: 'claimed', expires_at: '2026-03-18T13:00:00Z' },
      { claimer_run_id: 'r', status: 'claimed', expires_at: '2026-03-18T11:00:00Z' },
      { claimer_run_id: 'r', status: 'completed', expires_at: null },
      { claimer_run_id: 'r', status: 'failed', expires_at: null },
    )
    const shared = fc.record({ tasks: fc.dictionary(id, task), claims: fc.dictionary(id, claim) })
    await fc.assert(
      fc.asyncProperty(shared, async ({ tasks, claims }) => {
        const test = await workspaceAt()
        for (const [id, fields] of Object.entries(tasks)) test.put(`tasks/${id}.json`, { task_id: id, ...fields })
        for (const [id, fields] of Object.entries(claims)) test.put(`claims/${id}.json`, { task_id: id, ...fields })
        const ids = (found: Iterable<Pick<TaskRecord, 'taskId'>>) => [...found].map(({ taskId }) => taskId)
        const alive = test.workspace.view.alive()
        const pending = [...readBoard(alive).values()].filter(({ status }) => status === 'pending')
        expect(ids(pendingTasks(alive, 3))).toEqual(ids(pending))
      }),
      { numRuns: 40 },
    )
  })
})
