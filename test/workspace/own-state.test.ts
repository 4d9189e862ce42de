import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { git, repository } from '../support/git.js'
import type { Machine } from '../support/machine.js'
import { reservation } from '../support/records.js'
import { documentOf, runCli } from '../support/run-cli.js'
import { createSwarm } from '../support/swarm.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

const STORE = '.muse/coordination'

/** Somebody's reservation at the hub, a machine that has pulled it, and its store. */
async function pulledStore() {
  const swarm = await createSwarm()
  const writer = await swarm.machine()
  writer.write(reservation('r1', { addresses: ['src/pay.ts'], run_id: 'alice-run' }))
  await writer.push()
  const reader = await swarm.machine()
  await reader.pull()
  return { reader, hub: swarm.url }
}

/** A clone of a repository in which these paths of a store are committed. */
function cloneWith(machine: Machine, paths: readonly string[]): string {
  const origin = repository(temporaryDirectory(), { 'README.md': '', '.muse/config.toml': '' })
  for (const name of paths)
    fs.cpSync(path.join(machine.root, STORE, name), path.join(origin, STORE, name), { recursive: true })
  git(origin, 'add', '--all', '--force')
  git(origin, 'commit', '--quiet', '--allow-empty', '--message', 'Store')
  const clone = path.join(temporaryDirectory(), 'clone')
  git(origin, 'clone', '--quiet', origin, clone)
  return clone
}

const check = (machine: Machine, directory: string) =>
  runCli(machine, ['check', 'src/pay.ts', '--run-id', 'other', '-j'], { directory })

describe('what a clone brings of a store’s memory', () => {
  it('makes nobody blind: cursors that were committed skip nothing', async () => {
    const { reader, hub } = await pulledStore()
    const pulledFile = path.join(reader.root, STORE, 'remote/reservation/r1.json')
    fs.writeFileSync(pulledFile, fs.readFileSync(pulledFile, 'utf8').replace('src/pay.ts', 'src/may.ts'))
    const clone = cloneWith(reader, ['.sync', 'remote'])
    expect(fs.existsSync(path.join(clone, STORE, '.sync'))).toBe(true)
    const flags = ['--hub', hub, '--owner', 'gabriel', '--slug', 'muse']
    const pulled = documentOf(await runCli(reader, ['sync', 'pull', ...flags, '-j'], { directory: clone }))
    expect(pulled).toMatchObject({ count: 1, written: 1 })
    expect((await check(reader, clone)).exitCode).toBe(6)
  })

  it('tells of no holds: records that were committed as pulled are removed', async () => {
    const { reader } = await pulledStore()
    expect((await check(reader, reader.root)).exitCode).toBe(6)
    const clone = cloneWith(reader, ['remote'])
    expect(fs.existsSync(path.join(clone, STORE, 'remote/reservation/r1.json'))).toBe(true)
    expect((await check(reader, clone)).exitCode).not.toBe(6)
    expect(fs.existsSync(path.join(clone, STORE, 'remote/reservation/r1.json'))).toBe(false)
  })

  it('tells of no holds by what a later commit brings either', async () => {
    const { reader, hub } = await pulledStore()
    const origin = repository(temporaryDirectory())
    const clone = path.join(temporaryDirectory(), 'clone')
    git(origin, 'clone', '--quiet', origin, clone)
    await runCli(reader, ['init', '--hub', hub, '--owner', 'gabriel', '--slug', 'muse'], { directory: clone })
    await runCli(reader, ['sync', 'pull'], { directory: clone })
    const file = path.join(origin, STORE, 'remote/release/x.json')
    const payload = { release_id: 'x', reservation_id: 'r1', run_id: 'alice-run', released_at: '2026-01-01T00:00:00Z' }
    const release = { id: 9, kind: 'release', record_id: 'x', run_id: 'alice-run', payload, expires_at: null }
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, JSON.stringify({ ...release, author: 'gabriel', token: null, received_at: null }))
    git(origin, 'add', '--all', '--force')
    git(origin, 'commit', '--quiet', '--message', 'Release')
    git(clone, 'pull', '--quiet')
    expect(fs.existsSync(path.join(clone, STORE, 'remote/release/x.json'))).toBe(true)
    expect((await check(reader, clone)).exitCode).toBe(6)
    expect((await runCli(reader, ['doctor'], { directory: clone })).stdout).toContain('remote/release/x.json')
  })

  it('is believed in a copy and after an update, where git tracks none of it', async () => {
    const { reader } = await pulledStore()
    const copy = path.join(temporaryDirectory(), 'copy')
    fs.cpSync(reader.root, copy, { recursive: true })
    git(copy, 'init', '--quiet')
    expect((await check(reader, copy)).exitCode).toBe(6)
    expect(fs.readFileSync(path.join(copy, STORE, '.sync/made-here'), 'utf8')).toContain(copy)
  })

  it('needs no look at git once it bears the mark of its place', async () => {
    const { reader } = await pulledStore()
    await check(reader, reader.root)
    git(reader.root, 'init', '--quiet')
    git(reader.root, 'add', '--all', '--force')
    expect((await check(reader, reader.root)).exitCode).toBe(6)
  })
})
