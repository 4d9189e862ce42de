import { describe, expect, it } from '@jest/globals'
import { readBoard } from '../../plugins/tasks/board.js'
import { type TestWorkspace, workspaceAt } from '../workspace/workspace-at.js'

const T0 = Date.parse('2026-03-18T12:00:00Z')
const at = (seconds: number) => new Date(T0 + seconds * 1000).toISOString()

function statuses({ workspace }: TestWorkspace): Record<string, string> {
  return Object.fromEntries(
    [...readBoard(workspace.view.everything()).values()].map(({ taskId, status }) => [taskId, status]),
  )
}

async function boardOf(tasks: Record<string, object>, claims: Record<string, object> = {}) {
  const test = await workspaceAt()
  for (const [id, task] of Object.entries(tasks)) test.put(`tasks/${id}.json`, { task_id: id, ...task })
  for (const [id, claim] of Object.entries(claims)) test.put(`claims/${id}.json`, { task_id: id, ...claim })
  return test
}

describe('the board of tasks', () => {
  it('frees a task when its claim lapses, and never one that is finished', async () => {
    const test = await boardOf(
      { held: {}, done: {}, failed: {}, back: {}, forever: {}, odd: {} },
      {
        held: { claimer_run_id: 'a', expires_at: at(60), status: 'claimed' },
        done: { claimer_run_id: 'a', expires_at: null, status: 'completed' },
        failed: { claimer_run_id: 'a', expires_at: null, status: 'failed' },
        back: { claimer_run_id: 'a', expires_at: '1970-01-01T00:00:00.000000+00:00', status: 'returned' },
        forever: { claimer_run_id: 'a' },
        odd: { claimer_run_id: 'a', expires_at: at(60), status: 'completed' },
      },
    )
    const before = {
      held: 'claimed',
      done: 'completed',
      failed: 'failed',
      back: 'pending',
      forever: 'claimed',
      odd: 'completed',
    }
    expect(statuses(test)).toEqual(before)
    test.clock.move(61)
    expect(statuses(test)).toEqual({ ...before, held: 'pending' })
    test.clock.move(-3600)
    expect(statuses(test)).toEqual(before)
  })

  it('keeps a task waiting for those it comes after, and blocks it when one of them has failed', async () => {
    const test = await boardOf(
      {
        first: {},
        second: { after: ['first'] },
        broken: {},
        third: { after: ['second', 'broken'] },
        fourth: { after: ['third'] },
        lost: { after: ['nobody-knows'] },
        running: { after: ['broken'] },
      },
      {
        broken: { claimer_run_id: 'a', expires_at: null, status: 'failed' },
        running: { claimer_run_id: 'a', expires_at: at(60) },
      },
    )
    expect(statuses(test)).toEqual({
      first: 'pending',
      second: 'waiting',
      broken: 'failed',
      third: 'blocked',
      fourth: 'blocked',
      lost: 'waiting',
      running: 'claimed',
    })
    test.put('claims/first.json', { task_id: 'first', claimer_run_id: 'a', expires_at: null, status: 'completed' })
    expect(statuses(test)).toMatchObject({ first: 'completed', second: 'pending' })
    expect(readBoard(test.workspace.view.everything()).get('third')?.waitsFor).toEqual(['second', 'broken'])
  })

  it('takes fields of other writers for what they are', async () => {
    const test = await boardOf({
      odd: {
        title: 7,
        queue: '',
        priority: 'high',
        tags: ['a', 1],
        after: 'x',
        created_at: 'yesterday',
        schema_version: 1,
      },
    })
    expect(readBoard(test.workspace.view.everything()).get('odd')).toMatchObject({
      title: '',
      queue: 'default',
      priority: 0,
      tags: ['a'],
      after: [],
      createdAtMs: null,
      status: 'pending',
    })
  })

  it('survives tasks that wait for each other, written by hand', async () => {
    const test = await boardOf({ a: { after: ['b'] }, b: { after: ['a'] }, self: { after: ['self'] } })
    expect(statuses(test)).toEqual({ a: 'waiting', b: 'waiting', self: 'waiting' })
  })
})
