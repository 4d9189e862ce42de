import { describe, expect, it } from '@jest/globals'
import { ChangedFiles } from '../../src/sync/changed-files.js'

describe('ChangedFiles', () => {
  it('knows nothing at first, and then what it was told since', () => {
    const changes = new ChangedFiles()
    changes.add('tasks', 'a.json')
    expect(changes.take()).toBeUndefined()
    expect(changes.take()).toEqual(new Map())
    changes.add('tasks', 'a.json')
    changes.add('tasks', 'b.json')
    changes.add('claims', 'a.json')
    expect(changes.take()).toEqual(
      new Map([
        ['tasks', new Set(['a.json', 'b.json'])],
        ['claims', new Set(['a.json'])],
      ]),
    )
    expect(changes.take()).toEqual(new Map())
  })

  it('vouches for nothing once something was missed', () => {
    const changes = new ChangedFiles()
    changes.take()
    changes.add('tasks', 'a.json')
    changes.addAll()
    changes.add('tasks', 'b.json')
    expect(changes.take()).toBeUndefined()
  })
})
