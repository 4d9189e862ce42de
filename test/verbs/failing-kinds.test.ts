import { describe, expect, it } from '@jest/globals'
import { dag, gc, log, show } from '../../src/index.js'
import { defineKind, type Kind } from '../../src/kinds/kind.js'
import { openSession } from '../../src/open-session.js'
import { status } from '../../src/sync/status/status.js'
import { workspaceAt } from '../workspace/workspace-at.js'

type Callback = 'describe' | 'holds' | 'ends' | 'open' | 'after' | 'beats' | 'state'

/** A kind of which one callback throws, for the record `bad` or, where it is asked of all at once, for good. */
function failing(callback: Callback) {
  const fail = () => {
    throw new Error('no such field\n    at somewhere')
  }
  const failOnBad = (payload: { id?: unknown }) => (payload.id === 'bad' ? fail() : undefined)
  const callbacks: Partial<Kind> = {
    describe: { describe: (payload: object) => failOnBad(payload) ?? 'fine' },
    after: { after: (payload: object) => failOnBad(payload) ?? ['fine'] },
    beats: { beats: (payload: object) => failOnBad(payload) ?? { runId: 'beating', at: 0, until: null } },
    ends: {
      ends:
        () =>
        ({ payload }: { payload: object }) =>
          failOnBad(payload) ?? null,
    },
    state: {
      state: () => (record: { payload: object }) =>
        failOnBad(record.payload) ?? { state: 'good', isOver: false, what: '', runId: '', until: null },
    },
    holds: { holds: fail },
    open: { open: fail },
  }[callback] as Partial<Kind>
  return defineKind({
    name: 'torn',
    directory: 'torn',
    idField: 'id',
    runIdField: 'run_id',
    schema: {},
    merge: 'once',
    expiresAt: () => null,
    ...callbacks,
  })
}

describe('a kind whose own code throws', () => {
  it.each<Callback>(['describe', 'holds', 'ends', 'open', 'after', 'beats', 'state'])(
    'costs its own records and is named by status (%s)',
    async (callback) => {
      const { root, put, clock } = await workspaceAt()
      put('torn/bad.json', { id: 'bad', run_id: 'a' })
      put('torn/fine.json', { id: 'fine', run_id: 'a' })
      put('reservations/r1.json', { reservation_id: 'r1', run_id: 'a', addresses: ['a.ts'] })
      const session = await openSession({ directory: root, env: {}, plugins: [failing(callback)], clock })
      const found = await status(session)
      expect(found.holds).toMatchObject([{ kind: 'reservation', recordId: 'r1' }])
      expect(found.problems).toEqual([
        {
          path: expect.stringMatching(/coordination\/torn$/),
          reason: expect.stringMatching(
            new RegExp(
              `^The plugin .+ failed in ${callback} of the kind "torn": no such field \\(at .*fail .*failing-kinds`,
            ),
          ),
        },
      ])
      expect(dag(session).nodes.map(({ id }) => id)).toContain('r1')
      expect(log(session).count).toBe(3)
      expect(show(session, 'fine').records).toHaveLength(1)
      expect(session.workspace.view.endOf('torn', 'bad')).toBeNull()
    },
  )

  it('keeps them from gc, which says so', async () => {
    const { root, put, clock } = await workspaceAt()
    put('torn/bad.json', { id: 'bad', run_id: 'a' })
    const session = await openSession({ directory: root, env: {}, plugins: [failing('ends')], clock })
    const problem = {
      path: expect.stringMatching(/torn$/),
      reason: expect.stringMatching(/failed in ends of the kind "torn"/),
    }
    expect(await gc(session, { olderThanSeconds: 0 })).toMatchObject({ removed: [], problems: [problem] })
    const fine = await openSession({ directory: root, env: {}, plugins: [failing('describe')], clock })
    expect(await gc(fine, { olderThanSeconds: 0 })).toMatchObject({ problems: [] })
  })
})
