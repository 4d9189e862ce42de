import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { type Checkpoint, SentLog } from '../../src/workspace/sent/sent-log.js'
import { temporaryDirectory } from './temporary-repo.js'

describe('SentLog', () => {
  it.each([0, 1, 16, 17, 18, 500])('reads a checkpoint with %d unsettled names back', (count) => {
    const file = path.join(temporaryDirectory(), 'task@tasks.sent')
    const checkpoint: Checkpoint = {
      signature: '4096:1.5:2:77',
      fileCount: 1000,
      unsettled: Array.from({ length: count }, (_, index) => `${'n'.repeat(50)}${1000 + index}.json`),
      sliceStart: 123,
    }
    for (const isFirst of [true, false]) {
      const log = new SentLog(file, '0123456789abcdef')
      if (!isFirst) log.append([{ name: 'a.json', signature: '1:2:3:4', recordId: 'a', hash: 'h'.repeat(22) }])
      log.appendCheckpoint(checkpoint)
      expect(new SentLog(file, '0123456789abcdef').readCheckpoint()).toEqual(checkpoint)
    }
  })

  it('takes no entry for a checkpoint', () => {
    const file = path.join(temporaryDirectory(), 'task@tasks.sent')
    const log = new SentLog(file, '0123456789abcdef')
    log.append([{ name: 'a.json', signature: '1:2:3:4', recordId: 'a', hash: 'h'.repeat(22) }])
    expect(log.readCheckpoint()).toBeNull()
  })
})
