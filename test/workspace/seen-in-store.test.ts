import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { parseHubUrl } from '../../src/record/hub-url.js'
import { SeenInStore } from '../../src/workspace/state/seen-in-store.js'
import { SyncState } from '../../src/workspace/state/sync-state.js'
import { createMachine } from '../support/machine.js'

const HUB = 'http://127.0.0.1:4711'

async function place() {
  const { session, coordination } = await createMachine({ hub: HUB })
  const { repo } = session.workspace
  // An object for each process that works on the store.
  const newProcess = () => {
    const positions = new SeenInStore(repo, parseHubUrl(HUB))
    return () => positions.begin('gabriel', 'muse')
  }
  const state = () => SyncState.open(repo, { hub: HUB, owner: 'gabriel', slug: 'muse' })
  return { newProcess, state, sync: path.join(coordination, '.sync') }
}

describe('what was told of where a space ended', () => {
  it('is named by the next request, and is replaced by its answer', async () => {
    const { newProcess, state } = await place()
    const begin = newProcess()
    const first = begin()
    expect(first.seen).toEqual([])
    first.end('3.a.x', undefined)
    const second = newProcess()()
    expect(second.seen).toEqual(['3.a.x'])
    second.end('5.b.x', true)
    begin().end('5.b.x', true)
    expect(begin().seen).toEqual(['5.b.x'])
    // What was not known before the first answer belongs to what is known now.
    expect(state().epoch).toBeNull()
  })

  it('is named together where requests overlap, until one has named them all', async () => {
    const { newProcess } = await place()
    const [one, other, third] = [newProcess(), newProcess(), newProcess()]
    one().end('3.a.x', undefined)
    const [slow, fast, slower] = [one(), other(), third()]
    fast.end('5.b.x', true)
    slow.end('9.c.x', true)
    slower.end('4.d.x', true)
    const all = one()
    expect(all.seen).toEqual(['9.c.x', '5.b.x', '4.d.x'])
    all.end('10.e.x', true)
    expect(other().seen).toEqual(['10.e.x'])
  })

  it('is named again until somebody begins anew, where the hub has another history or does not answer', async () => {
    const { newProcess, state } = await place()
    const begin = newProcess()
    begin().end('3.a.x', undefined)
    begin().end('2.z.x', false)
    begin().end(undefined, undefined)
    begin()
    const late = begin()
    expect(late.seen).toEqual(['3.a.x'])
    state().forget()
    expect(begin().seen).toEqual([])
    // It was on its way when that was forgotten which it is about.
    late.end('4.b.x', true)
    expect(begin().seen).toEqual([])
  })

  it('is forgotten with the state, and costs no file for each', async () => {
    const { newProcess, state, sync } = await place()
    const begin = newProcess()
    for (let id = 1; id <= 40; id++) begin().end(`${id}.a.x`, undefined)
    const [directory] = fs.readdirSync(sync)
    const seen = path.join(sync, directory as string, 'seen')
    const inodes = new Set(fs.readdirSync(seen).map((name) => fs.statSync(path.join(seen, name)).ino))
    expect(inodes.size).toBe(1)
    state().forget()
    expect(fs.readdirSync(seen)).toEqual(['.seen'])
    fs.rmSync(sync, { recursive: true })
    expect(begin().seen).toEqual([])
  })

  it('is named in parts where it is a lot', async () => {
    const { newProcess } = await place()
    const [begin, overlapping] = [newProcess(), newProcess()]
    const requests = Array.from({ length: 40 }, () => overlapping())
    for (const [index, request] of requests.entries()) request.end(`${index + 1}.a.x`, undefined)
    const most = begin()
    expect(most.seen).toHaveLength(32)
    expect(most.seen[0]).toBe('40.a.x')
    most.end('41.a.x', true)
    expect(begin().seen).toEqual(['41.a.x', ...Array.from({ length: 8 }, (_, index) => `${8 - index}.a.x`)])
  })
})
