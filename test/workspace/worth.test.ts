import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { openSession, type Session } from '../../src/index.js'
import { noteCollisions, noteWorth } from '../../src/workspace/worth/note-worth.js'
import { readWorth, worthText } from '../../src/workspace/worth/read-worth.js'
import { MAX_DAY_BYTES } from '../../src/workspace/worth/worth-event.js'
import { type TestWorkspace, workspaceAt } from './workspace-at.js'

const DAY_SECONDS = 24 * 3600

async function opened(): Promise<TestWorkspace & { readonly session: Session; readonly notes: string[] }> {
  const test = await workspaceAt()
  const notes: string[] = []
  const onNote = (sentence: string) => notes.push(sentence)
  return { ...test, notes, session: await openSession({ directory: test.root, env: {}, clock: test.clock, onNote }) }
}

const held = (recordId: string, what = 'src/a.ts') => [{ kind: 'reservation', recordId, what }]

describe('what coordination was worth', () => {
  it('counts a run that asks again for the same hold once, however often and long it asks', async () => {
    const { session, clock } = await opened()
    for (let asked = 0; asked < 50; asked++) {
      noteCollisions(session, 'agent-1', held('r1'))
      clock.move(30)
    }
    noteCollisions(session, 'agent-2', held('r1'))
    expect(readWorth(session)).toMatchObject({ collisionsPrevented: 2 })
  })

  it('counts the same file asked for twice in a minute once, whoever has it by then', async () => {
    const { session, clock } = await opened()
    noteCollisions(session, 'agent-1', held('r1'))
    clock.move(59)
    noteCollisions(session, 'agent-1', held('r2'))
    expect(readWorth(session)).toMatchObject({ collisionsPrevented: 1 })
    clock.move(61)
    noteCollisions(session, 'agent-1', held('r3'))
    expect(readWorth(session)).toMatchObject({ collisionsPrevented: 2 })
  })

  it('counts one collision for each hold that stood in the way', async () => {
    const { session } = await opened()
    noteCollisions(session, 'agent-1', [...held('r1'), ...held('r1', 'src/b.ts'), ...held('r2', 'src/c.ts')])
    expect(readWorth(session)).toMatchObject({ collisionsPrevented: 2 })
  })

  it('is told by day and run, the newest day first, of seven days and of one run', async () => {
    const { session, clock } = await opened()
    noteCollisions(session, 'old', held('r0', 'src/old.ts'))
    clock.move(7 * DAY_SECONDS)
    noteCollisions(session, 'agent-1', held('r1'))
    noteWorth(session, [{ what: 'wait_ended', runId: 'agent-2', of: 'src/a.ts', record: null }])
    clock.move(DAY_SECONDS)
    noteWorth(session, [{ what: 'work_freed', runId: 'agent-1', of: 'src/a.ts', record: 'reservation/r1' }])
    noteCollisions(session, 'agent-1', held('r2'))
    const run = { collisionsPrevented: 0, waitsEnded: 0, workFreed: 0 }
    expect(readWorth(session)).toEqual({
      ...{ collisionsPrevented: 2, waitsEnded: 1, workFreed: 1 },
      days: [
        {
          ...{ day: '2026-03-26', isFull: false, ...run, collisionsPrevented: 1, workFreed: 1 },
          runs: [{ ...run, runId: 'agent-1', collisionsPrevented: 1, workFreed: 1 }],
        },
        {
          ...{ day: '2026-03-25', isFull: false, ...run, collisionsPrevented: 1, waitsEnded: 1 },
          runs: [
            { ...run, runId: 'agent-1', collisionsPrevented: 1 },
            { ...run, runId: 'agent-2', waitsEnded: 1 },
          ],
        },
      ],
    })
    expect(readWorth(session, { runId: 'agent-2' })).toMatchObject({ collisionsPrevented: 0, waitsEnded: 1 })
    expect(readWorth(session, { until: clock.now() - DAY_SECONDS * 1000 })).toMatchObject({ collisionsPrevented: 1 })
    expect(worthText(readWorth(session))).toBe('2 collisions prevented, 1 wait ended, 1 thing of dead runs freed')
  })

  it('fills a day to its bound and no further, says so, and lets go of days of a month ago', async () => {
    const { session, clock, workspace } = await opened()
    const { path: folder } = workspace.repo.sync.in('worth')
    noteCollisions(session, 'agent-1', held('r1'))
    clock.move(32 * DAY_SECONDS)
    const full = `${'x'.repeat(MAX_DAY_BYTES - 100)}\n`
    noteCollisions(session, 'agent-1', held('r2'))
    expect(fs.readdirSync(folder)).toEqual(['2026-04-19.jsonl'])
    const file = path.join(folder, '2026-04-19.jsonl')
    fs.appendFileSync(file, full)
    const size = fs.statSync(file).size
    noteCollisions(session, 'agent-2', held('r3', 'src/b.ts'))
    expect(fs.statSync(file).size).toBe(size)
    // Half a line and a line of somebody else tell nothing.
    expect(readWorth(session)).toMatchObject({ collisionsPrevented: 1, days: [{ isFull: true }] })
  })

  it('cannot be noted where the disk refuses, which is said and stops nobody', async () => {
    const { session, workspace, notes } = await opened()
    fs.mkdirSync(workspace.repo.sync.path, { recursive: true })
    fs.writeFileSync(workspace.repo.sync.pathOf('worth'), 'a file where a folder belongs')
    noteCollisions(session, 'agent-1', held('r1'))
    expect(notes.join()).toContain('not counted')
    expect(readWorth(session)).toMatchObject({ collisionsPrevented: 0 })
  })
})
