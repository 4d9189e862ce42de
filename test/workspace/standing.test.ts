import { describe, expect, it } from '@jest/globals'
import { takeFaults } from '../../src/kinds/ask-kind.js'
import type { Kind } from '../../src/kinds/kind.js'
import { endsOf } from '../../src/workspace/ends-of.js'
import type { Copy } from '../../src/workspace/entry.js'
import { type CopySource, Standing } from '../../src/workspace/index/standing.js'
import { workspaceAt } from './workspace-at.js'

const LOOKING: Kind = {
  name: 'looking',
  directory: 'looking',
  idField: 'id',
  runIdField: 'run_id',
  schema: {},
  merge: 'once',
  expiresAt: () => null,
  ends: (records) => (record) => (records.named('task', record.recordId) === undefined ? 1 : null),
}

describe('a kind that asks for records which cannot be read', () => {
  it('is not to blame: what reads them fails, and no fault of the kind is noted', async () => {
    const { workspace } = await workspaceAt()
    const broken = Object.assign(new Error('disk I/O error'), { code: 'ERR_SQLITE_ERROR', errcode: 10 })
    const fail = (kind: Kind): readonly Copy[] => {
      if (kind.name === 'task') throw broken
      return []
    }
    const source: CopySource = { kept: fail, named: fail, endOf: () => null }
    const standing = new Standing(workspace.registry, source, 0)
    const endOf = endsOf(LOOKING, standing)
    expect(() => endOf({ kind: 'looking', recordId: 'a', runId: '', payload: {}, expiresAt: null } as never)).toThrow(
      broken,
    )
    expect(takeFaults(LOOKING)).toEqual([])
  })
})
