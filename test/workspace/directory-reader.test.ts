import fs from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { DirectoryReader } from '../../src/workspace/directory-reader.js'
import type { Copy } from '../../src/workspace/entry.js'
import { type RecordFile, readPayload } from '../../src/workspace/record-files.js'
import { place, temporaryRepo } from './temporary-repo.js'

/** Longer than a file system takes for its next time stamp. */
const A_TICK_MS = 150

afterEach(() => {
  jest.restoreAllMocks()
})

function failOnce(name: 'openSync' | 'readdirSync' | 'lstatSync', path: string): void {
  const call = fs[name] as (...given: unknown[]) => unknown
  let isDone = false
  jest.spyOn(fs, name).mockImplementation(((...given: unknown[]) => {
    if (isDone || given[0] !== path) return call.apply(fs, given)
    isDone = true
    throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' })
  }) as never)
}

describe('DirectoryReader', () => {
  it.each([
    ['a file that could not be opened', 'openSync', '/t1.json'],
    ['a file that could not be looked at', 'lstatSync', '/t1.json'],
    ['a directory that could not be listed', 'readdirSync', ''],
  ] as const)('reads %s again, and remembers no failure of the system', async (_, call, name) => {
    for (const replacedWhole of [false, true]) {
      const repo = temporaryRepo()
      place(repo, { 'tasks/t1.json': { task_id: 't1' } })
      await setTimeout(A_TICK_MS)
      const read = (file: RecordFile) => {
        const reading = readPayload(file)
        return 'payload' in reading ? { copy: reading.payload as unknown as Copy } : reading
      }
      const reader = new DirectoryReader(repo, 'tasks', read, replacedWhole)
      failOnce(call, `${repo.coordination.pathOf('tasks')}${name}`)
      expect(reader.read()).toMatchObject({ copies: [], problems: [{ reason: expect.stringContaining('EIO') }] })
      expect(reader.read()).toMatchObject({ copies: [{ task_id: 't1' }], problems: [] })
      jest.restoreAllMocks()
    }
  })
})
