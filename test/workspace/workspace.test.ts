import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { completeReplacement, replaceFile, sweepDecisions } from '../../src/workspace/replace-file.js'
import { type ChildModule, childModule } from '../support/child-module.js'
import { workspaceAt } from './workspace-at.js'

const asItIs = (text: string) => text
const trimmed = (text: string) => text.trim()

describe('a workspace', () => {
  it('refuses what could not travel before anything is written', async () => {
    const { root, workspace } = await workspaceAt()
    const refused: [string, object, string][] = [
      ['reservation', { reservation_id: '../x' }, 'unsafe record id'],
      ['reservation', { addresses: 'a.ts' }, 'unsafe record id ""'],
      ['reservation', { reservation_id: 'r', expires_at: 'soon' }, 'gave no timestamp: "soon"'],
      ['reservation', { reservation_id: 'r', run_id: 'x'.repeat(257) }, 'run_id over 256'],
      ['task', { task_id: 't', payload: 'x'.repeat(300_000) }, 'is over 262144'],
    ]
    for (const [kind, payload, sentence] of refused) {
      await expect(workspace.write(kind, payload)).rejects.toThrow(sentence)
      await expect(workspace.create(kind, payload)).rejects.toMatchObject({ code: 'RECORD_REFUSED', exitCode: 1 })
    }
    await expect(workspace.write('clam', {})).rejects.toMatchObject({ code: 'KIND_UNKNOWN' })
    expect(fs.readdirSync(path.join(root, '.muse/coordination'))).toEqual([])
  })

  it('creates a record once, whoever asks', async () => {
    const { workspace } = await workspaceAt()
    const created = await Promise.all([1, 2, 3, 4].map(() => workspace.create('task', { task_id: 't' })))
    expect(created.filter(Boolean)).toHaveLength(1)
  })

  it('replaces only what still stands', async () => {
    const { workspace } = await workspaceAt()
    await workspace.create('claim', { task_id: 't', claimer_run_id: 'a' })
    const seen = workspace.view.named('claim', 't')
    if (seen === undefined) throw new Error('it was written')
    expect(await workspace.replace(seen, { task_id: 't', claimer_run_id: 'b' })).toBe(true)
    expect(await workspace.replace(seen, { task_id: 't', claimer_run_id: 'c' })).toBe(false)
    expect(workspace.view.named('claim', 't')).toMatchObject({ runId: 'b' })
  })

  it('creates an own file in the place of a pulled copy, once', async () => {
    const { workspace, pulled } = await workspaceAt()
    pulled({ kind: 'claim', record_id: 't', run_id: 'far', expires_at: '2026-03-18T11:00:00Z' })
    const seen = workspace.view.named('claim', 't')
    if (seen === undefined) throw new Error('it was pulled')
    const claims = ['a', 'b', 'c'].map((run) => workspace.replace(seen, { task_id: 't', claimer_run_id: run }))
    expect((await Promise.all(claims)).filter(Boolean)).toHaveLength(1)
  })

  it('names what lies in the place of a record and holds none of that id, instead of waiting for it to go', async () => {
    const { root, workspace, put, pulled } = await workspaceAt()
    pulled({ kind: 'claim', record_id: 'empty', run_id: 'far' })
    const inTheWay: [string, string | object, string][] = [
      ['empty', '', 'is empty'],
      ['half', '{"task_id": "ha', 'is no valid JSON'],
      ['other', { task_id: 'another' }, 'holds another record: "another"'],
    ]
    for (const [id, content, sentence] of inTheWay) {
      const file = put(`claims/${id}.json`, content)
      const expected = { code: 'FILE_FAILED', message: expect.stringContaining(sentence) }
      await expect(workspace.create('claim', { task_id: id })).rejects.toMatchObject(expected)
      expect(fs.readFileSync(file, 'utf8')).toBe(typeof content === 'string' ? content : JSON.stringify(content))
    }
    fs.mkdirSync(path.join(root, '.muse/coordination/claims/folder.json'))
    await expect(workspace.create('claim', { task_id: 'folder' })).rejects.toThrow('is no regular file')
    const seen = workspace.view.named('claim', 'empty')
    if (seen === undefined) throw new Error('it was pulled')
    await expect(workspace.replace(seen, { task_id: 'empty' })).rejects.toThrow('is empty')
  })

  it('says so when the disk is full or the directory is not writable', async () => {
    const { root, workspace } = await workspaceAt()
    fs.writeFileSync(path.join(root, '.muse/coordination/tasks'), 'in the way')
    await expect(workspace.write('task', { task_id: 't' })).rejects.toMatchObject({ code: 'FILE_FAILED', exitCode: 1 })
  })

  it('does not write through a link', async () => {
    const { root, workspace } = await workspaceAt()
    fs.mkdirSync(path.join(root, 'elsewhere'))
    fs.symlinkSync(path.join(root, 'elsewhere'), path.join(root, '.muse/coordination/tasks'))
    await expect(workspace.write('task', { task_id: 't' })).rejects.toMatchObject({ code: 'LINK_REFUSED' })
    await expect(workspace.writeInTurn('task', () => ({ task_id: 't' }))).rejects.toMatchObject({
      code: 'LINK_REFUSED',
    })
    expect(fs.readdirSync(path.join(root, 'elsewhere'))).toEqual([])
  })
})

describe('replacing a file', () => {
  it('goes from content to content, also back to one that was there before', async () => {
    const { workspace, put } = await workspaceAt()
    const { repo } = workspace
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 12 }), async (contents) => {
        fs.rmSync(path.join(repo.coordinationDirectory, '.order'), { recursive: true, force: true })
        put('claims/t.json', 'start')
        let current = 'start'
        for (const next of contents) {
          expect(replaceFile(repo, 'claims/t.json', current, next, trimmed)).toBe(true)
          current = next
          expect(completeReplacement(repo, 'claims/t.json')?.trim()).toBe(current)
        }
      }),
      { numRuns: 50 },
    )
  })

  it('finishes what a process that was killed had been granted, and grants nothing beside it', async () => {
    const { root, workspace, put } = await workspaceAt()
    const { repo } = workspace
    const file = put('claims/t.json', 'lapsed')
    // The kill: the decision is there, the file is not replaced yet.
    expect(replaceFile(repo, 'claims/t.json', 'lapsed', 'by the killed one', asItIs)).toBe(true)
    fs.writeFileSync(file, 'lapsed')
    expect(replaceFile(repo, 'claims/t.json', 'lapsed', 'by another', asItIs)).toBe(false)
    expect(fs.readFileSync(file, 'utf8')).toBe('by the killed one')
    expect(replaceFile(repo, 'claims/t.json', 'by the killed one', 'by another', asItIs)).toBe(true)
    expect(fs.readdirSync(path.join(root, '.muse/coordination/claims'))).toEqual(['t.json'])
  })

  it('keeps decisions until they are old', async () => {
    const { workspace, put } = await workspaceAt()
    put('claims/t.json', 'one')
    replaceFile(workspace.repo, 'claims/t.json', 'one', 'two', asItIs)
    expect(sweepDecisions(workspace.repo, Date.now() - 60_000)).toBe(0)
    expect(sweepDecisions(workspace.repo, Date.now() + 60_000)).toBe(1)
  })
})

describe('processes at the same instant', () => {
  let child: ChildModule
  beforeAll(async () => {
    child = await childModule(`
      import { openSession } from 'src/index.js'
      import { reserve } from 'src/../plugins/reserving/reserve.js'
      const [root, task, name, rounds] = process.argv.slice(2)
      const session = await openSession({ directory: root, env: {} })
      const { workspace } = session
      const won = []
      for (let round = 0; round < Number(rounds); round++) {
        if (task === 'deny') {
          const request = { runId: name, branch: '', operation: null, ttlSeconds: 600, dependsOn: [], deny: true }
          const { status } = await reserve(session, { ...request, addresses: ['file-' + round + '.ts'] })
          if (status === 'ok') won.push(round)
        } else {
          const seen = workspace.view.named('claim', 't' + round)
          if (seen.runId === 'lapsed') {
            const isMine = await workspace.replace(seen, { task_id: 't' + round, claimer_run_id: name })
            if (isMine) won.push(round)
          }
        }
        if (task === 'killed' && won.length === 3) process.kill(process.pid, 'SIGKILL')
      }
      process.stdout.write(JSON.stringify(won))
    `)
  }, 60_000)
  afterAll(() => child.remove())

  const ROUNDS = 15

  it('take over each lapsed lease once, also when one of them is killed', async () => {
    const { root, workspace, put } = await workspaceAt()
    for (let round = 0; round < ROUNDS; round++) {
      put(`claims/t${round}.json`, { task_id: `t${round}`, claimer_run_id: 'lapsed' })
    }
    const killed = child.run<number[]>({ args: [root, 'killed', 'k', String(ROUNDS)] }).catch(() => [])
    const others = ['a', 'b', 'c', 'd'].map((name) =>
      child.run<number[]>({ args: [root, 'take', name, String(ROUNDS)] }),
    )
    const won = await Promise.all(others)
    await killed
    const all = won.flat()
    expect(new Set(all).size).toBe(all.length)
    const holders = workspace.view.entries('claim').map(({ runId }) => runId)
    expect(holders.filter((runId) => runId === 'lapsed')).toEqual([])
    expect(holders.filter((runId) => runId !== 'k')).toHaveLength(all.length)
    won.forEach((rounds, index) => {
      for (const round of rounds) expect(workspace.view.named('claim', `t${round}`)?.runId).toBe('abcd'[index])
    })
  }, 60_000)

  it('reserve with --deny each address once', async () => {
    const { root, workspace } = await workspaceAt()
    const names = ['a', 'b', 'c', 'd']
    const won = await Promise.all(
      names.map((name) => child.run<number[]>({ args: [root, 'deny', name, String(ROUNDS)] })),
    )
    const all = won.flat()
    expect(all.sort((one, other) => one - other)).toEqual(Array.from({ length: ROUNDS }, (_, round) => round))
    expect(workspace.view.entries('reservation')).toHaveLength(ROUNDS)
  }, 60_000)
})
