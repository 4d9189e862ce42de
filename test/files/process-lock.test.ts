import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { withProcessLock, withProcessLockSync } from '../../src/files/process-lock.js'
import { type ChildModule, childModule } from '../support/child-module.js'
import { cleanUp } from '../support/clean-up.js'

/** Adds to a number in a file again and again, reading it and writing it anew; kills itself in the middle when asked to. */
const COUNTER = `
import fs from 'node:fs'
import { withProcessLock, withProcessLockSync } from 'src/files/process-lock.js'
const [directory, turns, dieAt, isSync] = process.argv.slice(2)
const withLock = isSync ? withProcessLockSync : withProcessLock
for (let turn = 1; turn <= Number(turns); turn++) {
  await withLock(directory + '/lock', () => {
    const count = Number(fs.readFileSync(directory + '/count', 'utf8'))
    if (turn === Number(dieAt)) process.kill(process.pid, 'SIGKILL')
    fs.writeFileSync(directory + '/count', String(count + 1))
  })
}
console.log(JSON.stringify('done'))
`

let counter: ChildModule

beforeAll(async () => {
  counter = await childModule(COUNTER)
})
afterAll(() => counter.remove())

function place(): string {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'muse-lock-'))
  cleanUp(() => fs.rmSync(directory, { recursive: true, force: true }))
  fs.writeFileSync(path.join(directory, 'count'), '0')
  return directory
}

describe('a lock of processes', () => {
  it('lets one in at a time, and takes the place of those that are killed inside', async () => {
    const directory = place()
    const runs = [
      ...Array.from({ length: 2 }, () => counter.run({ args: [directory, '50', '0'] })),
      ...Array.from({ length: 2 }, () => counter.run({ args: [directory, '50', '0', 'sync'] })),
      ...Array.from({ length: 3 }, () => counter.run({ args: [directory, '50', '20'] }).catch(() => 'killed')),
    ]
    const ends = await Promise.all(runs)
    expect(ends.filter((end) => end === 'killed')).toHaveLength(3)
    expect(fs.readFileSync(path.join(directory, 'count'), 'utf8')).toBe(String(4 * 50 + 3 * 19))
    // Whoever comes next takes away what the last one may have left.
    await withProcessLock(path.join(directory, 'lock'), () => {})
    expect(fs.readdirSync(directory)).toEqual(['count'])
  }, 30_000)

  it('waits for a process that is alive, and takes away what is far too old or from a process that is gone', async () => {
    const directory = place()
    const lock = path.join(directory, 'lock')
    const held = withProcessLock(lock, () => 'first')
    expect(await withProcessLock(lock, () => 'second')).toBe('second')
    expect(await held).toBe('first')

    fs.writeFileSync(lock, JSON.stringify({ pid: process.pid, host: os.hostname() }))
    setTimeout(() => fs.rmSync(lock), 150)
    const started = performance.now()
    await withProcessLock(lock, () => {})
    expect(performance.now() - started).toBeGreaterThan(100)

    fs.writeFileSync(lock, JSON.stringify({ pid: process.pid, host: 'another machine' }))
    fs.utimesSync(lock, new Date(), new Date(Date.now() - 40_000))
    expect(await withProcessLock(lock, () => 'taken')).toBe('taken')
  })

  it('is free again after an action that throws', async () => {
    const lock = path.join(place(), 'lock')
    const failing = withProcessLock(lock, () => {
      throw new Error('inside')
    })
    await expect(failing).rejects.toThrow('inside')
    expect(fs.existsSync(lock)).toBe(false)
    expect(() =>
      withProcessLockSync(lock, () => {
        throw new Error('inside')
      }),
    ).toThrow('inside')
    expect(fs.existsSync(lock)).toBe(false)
  })
})
