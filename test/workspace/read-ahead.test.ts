import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it, jest } from '@jest/globals'
import { readAhead } from '../../src/workspace/index/read-ahead.js'
import type { Workspace } from '../../src/workspace/workspace.js'
import { workspaceAt } from './workspace-at.js'

const T0 = Date.parse('2026-03-18T12:00:00Z')
const at = (seconds: number) => new Date(T0 + seconds * 1000).toISOString()
const RECORDS = 1_200

/** A workspace with many pulled reservations that no index knows, every tenth of them released. */
async function withMany() {
  const place = await workspaceAt()
  for (let n = 0; n < RECORDS; n++) {
    place.pulled({ kind: 'reservation', record_id: `r${n}`, run_id: 'b', expires_at: at(60) })
    if (n % 10 > 0) continue
    const payload = { release_id: `l${n}`, run_id: 'b', reservation_id: `r${n}`, released_at: at(-1) }
    place.pulled({ kind: 'release', record_id: `l${n}`, run_id: 'b', payload, expires_at: null })
  }
  // What is younger than a tick of the disk's clock is read again.
  await wait(20)
  return place
}

function readIn({ repo, registry, viewer }: Workspace, signal = new AbortController().signal): Promise<number> {
  return readAhead(repo, registry, { now: T0, viewer }, signal)
}

/** How many record files a look at the store opened, and the reservations that stand. */
function look(workspace: Workspace): { opened: number; standing: number } {
  const opened = jest.spyOn(fs, 'openSync')
  const alive = workspace.view.alive()
  const standing = alive
    .entries('reservation')
    .filter(({ recordId }) => (alive.endOf('reservation', recordId) ?? 0) > T0)
  const files = opened.mock.calls.filter(([file]) => /coordination.*[.]json$/.test(`${file}`))
  opened.mockRestore()
  return { opened: files.length, standing: standing.length }
}

describe('an index that reads ahead', () => {
  it('lets others go on between its turns, and leaves nothing to be read at once', async () => {
    const { workspace } = await withMany()
    let isReading = true
    let others = 0
    const another = (): void => {
      others++
      if (isReading) setImmediate(another)
    }
    setImmediate(another)
    const turns = await readIn(workspace)
    isReading = false
    expect(turns).toBeGreaterThan(2)
    expect(others).toBeGreaterThanOrEqual(turns)
    expect(look(workspace)).toEqual({ opened: 0, standing: (RECORDS * 9) / 10 })
  })

  it('ends when it is interrupted, and the next look reads the rest', async () => {
    const { workspace } = await withMany()
    const interruption = new AbortController()
    setImmediate(() => interruption.abort())
    const turns = await readIn(workspace, interruption.signal)
    expect(turns).toBeLessThan(3)
    const { opened, standing } = look(workspace)
    expect(opened).toBeGreaterThan(0)
    expect(standing).toBe((RECORDS * 9) / 10)
  })

  it('takes little for itself where there is little to read, and settles nothing', async () => {
    const { workspace, put } = await workspaceAt()
    const file = put('reservations/r.json', { reservation_id: 'r', run_id: 'a', expires_at: at(60) })
    expect(await readIn(workspace)).toBe(0)
    expect(look(workspace).standing).toBe(1)
    fs.writeFileSync(file, JSON.stringify({ reservation_id: 'r', run_id: 'a', expires_at: at(-60) }))
    expect(await readIn(workspace)).toBe(0)
    expect(look(workspace).standing).toBe(0)
  })

  it('believes of a file what it holds when it is looked at, whatever was read ahead', async () => {
    const { workspace, root } = await withMany()
    await readIn(workspace)
    const file = path.join(root, '.muse', 'coordination', 'remote', 'reservation', 'r1.json')
    const record = JSON.parse(fs.readFileSync(file, 'utf8')) as { payload: object }
    const over = { ...record, expires_at: at(-60), payload: { ...record.payload, expires_at: at(-60) } }
    fs.writeFileSync(`${file}.new`, JSON.stringify(over))
    fs.renameSync(`${file}.new`, file)
    fs.rmSync(file.replace('r1.json', 'r2.json'))
    expect(look(workspace).standing).toBe((RECORDS * 9) / 10 - 2)
  })
})
