import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { withProcessLock, withProcessLockSync } from '../../src/files/process-lock.js'
import { processMark } from '../../src/files/process-mark.js'
import { diskStorage } from '../../src/files/storage.js'
import { type ChildModule, childModule } from '../support/child-module.js'
import { cleanUp } from '../support/clean-up.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

/** Adds to a number in a file again and again, reading it and writing it anew; kills itself in the middle when asked to. */
const COUNTER = `
import fs from 'node:fs'
import { withProcessLock, withProcessLockSync } from 'src/files/process-lock.js'
import { diskStorage } from 'src/files/storage.js'
const [directory, turns, dieAt, isSync] = process.argv.slice(2)
const withLock = isSync ? withProcessLockSync : withProcessLock
for (let turn = 1; turn <= Number(turns); turn++) {
  await withLock(diskStorage.open(directory), 'lock', () => {
    const count = Number(fs.readFileSync(directory + '/count', 'utf8'))
    if (turn === Number(dieAt)) process.kill(process.pid, 'SIGKILL')
    fs.writeFileSync(directory + '/count', String(count + 1))
  })
}
console.log(JSON.stringify('done'))
`

/** Sleeps inside of the lock until it is told to go on. */
const SLEEPER = `
import fs from 'node:fs'
import { withProcessLockSync } from 'src/files/process-lock.js'
import { diskStorage } from 'src/files/storage.js'
const [directory] = process.argv.slice(2)
withProcessLockSync(diskStorage.open(directory), 'lock', () => {
  process.stdout.write('inside')
  while (!fs.existsSync(directory + '/go')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
})
`

const SHORT = { patienceMilliseconds: 200 }

let counter: ChildModule
let sleeper: ChildModule

beforeAll(async () => {
  counter = await childModule(COUNTER)
  sleeper = await childModule(SLEEPER)
})
afterAll(() => {
  counter.remove()
  sleeper.remove()
})

function place() {
  const directory = temporaryDirectory()
  const folder = diskStorage.open(directory)
  const lock = path.join(directory, 'lock')
  return { directory, folder, lock, enter: () => withProcessLock(folder, 'lock', () => 'entered', SHORT) }
}

function markWith(change: object): string {
  return JSON.stringify({ ...JSON.parse(processMark()), ...change })
}

/** Containers often have no id of their machine, and then nobody can tell an earlier start of it from another machine. */
const knowsMachine = JSON.parse(processMark()).machine !== null

function beforeStart() {
  return { boot: 'before', namespace: 'pid:[4026531836]' }
}

function pidOfNobody(): number {
  return spawnSync('true').pid
}

describe('a lock of processes', () => {
  it('lets one in at a time, and takes the place of those that are killed inside', async () => {
    const { directory, folder } = place()
    fs.writeFileSync(path.join(directory, 'count'), '0')
    const runs = [
      ...Array.from({ length: 2 }, () => counter.run({ args: [directory, '50', '0'] })),
      ...Array.from({ length: 2 }, () => counter.run({ args: [directory, '50', '0', 'sync'] })),
      ...Array.from({ length: 3 }, () => counter.run({ args: [directory, '50', '20'] }).catch(() => 'killed')),
    ]
    const ends = await Promise.all(runs)
    expect(ends.filter((end) => end === 'killed')).toHaveLength(3)
    expect(fs.readFileSync(path.join(directory, 'count'), 'utf8')).toBe(String(4 * 50 + 3 * 19))
    // Whoever comes next takes away what the last one may have left.
    await withProcessLock(folder, 'lock', () => {})
    expect(fs.readdirSync(directory)).toEqual(['count'])
  }, 90_000)

  it('waits for a process that is alive', async () => {
    const { folder, lock, enter } = place()
    const held = withProcessLock(folder, 'lock', () => 'first')
    expect(await enter()).toBe('entered')
    expect(await held).toBe('first')

    fs.writeFileSync(lock, markWith({}))
    setTimeout(() => fs.rmSync(lock), 100)
    const started = performance.now()
    await enter()
    expect(performance.now() - started).toBeGreaterThan(90)
  })

  it('is not taken from a living process, however old the lock is and however the clock was set', async () => {
    const { directory, lock, enter } = place()
    const process = sleeper.start({ args: [directory] })
    cleanUp(() => process.kill('SIGKILL'))
    await new Promise((resolve) => process.stdout.once('data', resolve))
    for (const age of [25 * 3600, -25 * 3600]) {
      const then = new Date(Date.now() - age * 1000)
      fs.utimesSync(lock, then, then)
      await expect(enter()).rejects.toMatchObject({ code: 'FILE_LOCKED', message: expect.stringContaining(lock) })
    }
    fs.writeFileSync(path.join(directory, 'go'), '')
    expect(await enter()).toBe('entered')
  })

  it.each([
    ['of another pid namespace', () => ({ namespace: 'pid:[1]', pid: pidOfNobody() })],
    ['of another machine', () => ({ host: 'another', machine: 'another', boot: 'another', pid: pidOfNobody() })],
    ['of another boot of who knows which machine', () => ({ machine: null, boot: 'another', pid: pidOfNobody() })],
    ['that does not say where it was made', () => ({ boot: undefined, namespace: undefined, pid: pidOfNobody() })],
  ])('is refused with its path while there is a mark %s, however old, and not taken', async (_, change) => {
    const { lock, enter } = place()
    const mark = markWith(change())
    fs.writeFileSync(lock, mark)
    fs.utimesSync(lock, new Date(0), new Date(0))
    await expect(enter()).rejects.toMatchObject({
      code: 'FILE_LOCKED',
      message: expect.stringContaining(lock),
      hint: expect.stringContaining('rm'),
    })
    expect(fs.readFileSync(lock, 'utf8')).toBe(mark)
  })

  it.each([
    ['has ended', () => ({ pid: pidOfNobody() })],
    ['had the number that this process has now', () => ({ started: '1' })],
    ...(knowsMachine ? [['ended when this machine was started anew', beforeStart] as const] : []),
  ])('is taken from a process that %s', async (_, change) => {
    const { directory, lock, enter } = place()
    fs.writeFileSync(lock, markWith({ ...change(), nonce: '0123456789abcdef' }))
    expect(await enter()).toBe('entered')
    expect(fs.readdirSync(directory)).toEqual([])
  })

  it('is taken by the next one when the one that took it from a dead process died over it', async () => {
    const { directory, lock, enter } = place()
    fs.writeFileSync(lock, markWith({ pid: pidOfNobody(), nonce: '0123456789abcdef' }))
    fs.writeFileSync(`${lock}.0123456789abcdef`, markWith({ pid: pidOfNobody(), nonce: 'fedcba9876543210' }))
    expect(await enter()).toBe('entered')
    expect(fs.readdirSync(directory)).toEqual([])
  })

  it('is refused while nobody can read whose it is', async () => {
    const { lock, enter } = place()
    for (const text of ['', '{"pid":', '[]', '{"pid":-1}']) {
      fs.writeFileSync(lock, text)
      await expect(enter()).rejects.toMatchObject({ code: 'FILE_LOCKED' })
    }
  })

  it('refuses a link in its place', async () => {
    const { lock, enter } = place()
    fs.symlinkSync('nowhere', lock)
    await expect(enter()).rejects.toMatchObject({ code: 'LINK_REFUSED' })
  })

  it('is had again by a process that could not remove it, and that says so', async () => {
    const { directory, folder, lock, enter } = place()
    const remove = fs.unlinkSync
    const removing = jest.spyOn(fs, 'unlinkSync').mockImplementation((file) => {
      if (file === lock) throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' })
      remove(file)
    })
    cleanUp(() => removing.mockRestore())
    const entering = withProcessLock(folder, 'lock', () => {})
    await expect(entering).rejects.toMatchObject({ code: 'FILE_FAILED', message: `${lock}: EIO: i/o error` })
    removing.mockRestore()
    expect(await enter()).toBe('entered')
    expect(fs.readdirSync(directory)).toEqual([])
  })

  it('leaves alone what another process has put in its place meanwhile', async () => {
    const { folder, lock, enter } = place()
    const other = markWith({ nonce: '0123456789abcdef' })
    withProcessLockSync(folder, 'lock', () => fs.writeFileSync(lock, other))
    expect(fs.readFileSync(lock, 'utf8')).toBe(other)
    fs.rmSync(lock)
    expect(await enter()).toBe('entered')
  })

  it('is free again after an action that throws', async () => {
    const { folder, lock } = place()
    const fail = () => {
      throw new Error('inside')
    }
    await expect(withProcessLock(folder, 'lock', fail)).rejects.toThrow('inside')
    expect(fs.existsSync(lock)).toBe(false)
    expect(() => withProcessLockSync(folder, 'lock', fail)).toThrow('inside')
    expect(fs.existsSync(lock)).toBe(false)
  })
})
