import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it, jest } from '@jest/globals'
import { openSession, type Workspace } from '../../src/index.js'
import { defineKind, definePlugin } from '../../src/plugin.js'
import { repoAt } from '../../src/workspace/repo.js'
import { View } from '../../src/workspace/view.js'
import { workspaceAt } from './workspace-at.js'

const at = (seconds: number) => new Date(Date.parse('2026-03-18T12:00:00Z') + seconds * 1000).toISOString()
const aTick = () => new Promise((resolve) => setTimeout(resolve, 20))
const SLACK = 1000

const entries = (workspace: Workspace, kind: string, slack?: number) =>
  workspace.snapshot(slack).view.alive().entries(kind)

/** The record files that are asked after while something runs. */
function askedBy(action: () => unknown): string[] {
  const asked = jest.spyOn(fs, 'lstatSync')
  action()
  const names = asked.mock.calls.map(([file]) => path.basename(`${file}`)).filter((name) => name.endsWith('.json'))
  asked.mockRestore()
  return names
}

/** A workspace with a few tasks, all of which were asked after just now. */
async function lookedAt() {
  const made = await workspaceAt()
  const { workspace, put } = made
  const rewrite = (n: number, title: string) => put(`tasks/t${n}.json`, { task_id: `t${n}`, run_id: 'a', title })
  for (const n of [1, 2, 3]) rewrite(n, 'old')
  await aTick()
  expect(entries(workspace, 'task')).toHaveLength(3)
  const titles = (slack?: number) => entries(workspace, 'task', slack).map(({ payload }) => payload.title)
  return { ...made, rewrite, titles }
}

describe('a look with some slack', () => {
  it('asks after no file whose directory is as it was, and the next one without any after all', async () => {
    const { workspace, clock, rewrite, titles } = await lookedAt()
    await aTick()
    rewrite(2, 'new')
    clock.move(0.5)
    expect(askedBy(() => entries(workspace, 'task', SLACK))).toEqual([])
    expect(titles(SLACK)).toEqual(['old', 'old', 'old'])
    expect(titles()).toEqual(['old', 'new', 'old'])
  })

  it('counts from the last look of this process, also where that found nothing to note', async () => {
    const { clock, rewrite, titles } = await lookedAt()
    clock.move(60)
    expect(titles()).toEqual(['old', 'old', 'old'])
    await aTick()
    rewrite(2, 'new')
    clock.move(0.5)
    expect(titles(SLACK)).toEqual(['old', 'old', 'old'])
    clock.move(0.6)
    expect(titles(SLACK)).toEqual(['old', 'new', 'old'])
  })

  it('spares the next process what it has asked after, also where it found nothing new', async () => {
    const { clock, rewrite, titles, workspace } = await lookedAt()
    clock.move(60)
    expect(titles(SLACK)).toEqual(['old', 'old', 'old'])
    await aTick()
    rewrite(2, 'new')
    const other = new View(repoAt(workspace.repo.root), workspace.registry, clock)
    const seen = other.snapshot(SLACK).alive().entries('task')
    expect(seen.map(({ payload }) => payload.title)).toEqual(['old', 'old', 'old'])
  })

  it('asks after what came alone, whatever else lies beside it', async () => {
    const { workspace, rewrite, titles } = await lookedAt()
    await aTick()
    rewrite(2, 'new')
    rewrite(4, 'came')
    expect(new Set(askedBy(() => entries(workspace, 'task', SLACK)))).toEqual(new Set(['t4.json']))
    expect(titles(SLACK)).toEqual(['old', 'old', 'old', 'came'])
    expect(titles()).toEqual(['old', 'new', 'old', 'came'])
  })

  it('finds what came and went', async () => {
    const { workspace, rewrite, titles, put } = await lookedAt()
    rewrite(4, 'came')
    put('claims/t1.json', { task_id: 't1', claimer_run_id: 'b', status: 'claimed', expires_at: at(60) })
    fs.rmSync(path.join(workspace.repo.coordinationDirectory, 'tasks/t3.json'))
    expect(titles(SLACK)).toEqual(['old', 'old', 'came'])
    expect(entries(workspace, 'claim', SLACK)).toHaveLength(1)
  })

  it.each([
    ['as soon as the time is over', 1.1],
    ['by a clock that was set back', -5],
  ])('asks after all of them %s', async (_, seconds) => {
    const { clock, rewrite, titles } = await lookedAt()
    rewrite(2, 'new')
    clock.move(seconds)
    expect(titles(SLACK)).toEqual(['old', 'new', 'old'])
  })

  it('asks after what has ended since, which may have been rewritten while it stood', async () => {
    const { workspace, clock, put } = await workspaceAt()
    const reservation = { reservation_id: 'r', run_id: 'a' }
    put('reservations/r.json', { ...reservation, expires_at: at(0.5) })
    await aTick()
    expect(entries(workspace, 'reservation')).toHaveLength(1)
    put('reservations/r.json', { ...reservation, expires_at: at(60) })
    clock.move(0.9)
    expect(entries(workspace, 'reservation', SLACK)).toHaveLength(1)
  })

  it('takes no word of a program that knows other kinds', async () => {
    const { clock, rewrite, root } = await lookedAt()
    const note = defineKind({
      ...{ name: 'note', directory: 'notes', idField: 'note_id', runIdField: 'run_id', schema: {}, merge: 'once' },
      expiresAt: () => null,
    })
    const plugin = definePlugin({ api: '^1', kinds: [note] })
    const { workspace } = await openSession({ directory: root, env: {}, plugins: [plugin], clock })
    rewrite(2, 'new')
    expect(entries(workspace, 'task', SLACK)).toMatchObject([{}, { payload: { title: 'new' } }, {}])
  })
})
