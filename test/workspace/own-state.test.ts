import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { loadSqlite } from '../../src/files/load-sqlite.js'
import { LAYOUT_VERSION } from '../../src/workspace/index/layout.js'
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

/**
 * A clone that has pulled before somebody reserved something, and a branch of its origin that can put files over those that its store
 * is not told of.
 */
async function boundClone() {
  const swarm = await createSwarm()
  const writer = await swarm.machine()
  writer.write({ 'tasks/t0.json': { task_id: 't0', run_id: 'alice-run' } })
  await writer.push()
  const reader = await swarm.machine()
  const origin = repository(temporaryDirectory())
  const clone = path.join(temporaryDirectory(), 'clone')
  git(origin, 'clone', '--quiet', origin, clone)
  await runCli(reader, ['init', '--hub', swarm.url, '--owner', 'gabriel', '--slug', 'muse'], { directory: clone })
  await runCli(reader, ['sync', 'pull'], { directory: clone })
  expect((await check(reader, clone)).exitCode).toBe(0)
  writer.write(reservation('r1', { addresses: ['src/pay.ts'], run_id: 'alice-run' }))
  await writer.push()
  await writer.pull()
  const checkOut = (files: Readonly<Record<string, string | Buffer>>) => {
    git(origin, 'checkout', '--quiet', '-B', 'theirs')
    for (const [name, content] of Object.entries(files)) {
      fs.mkdirSync(path.dirname(path.join(origin, STORE, name)), { recursive: true })
      fs.writeFileSync(path.join(origin, STORE, name), content)
    }
    git(origin, 'add', '--all', '--force')
    git(origin, 'commit', '--quiet', '--allow-empty', '--message', 'Theirs')
    git(clone, 'fetch', '--quiet')
    git(clone, 'checkout', '--quiet', 'origin/theirs')
  }
  return { writer, reader, clone, checkOut }
}

/** What an index is that says of itself that it is none of here, for ever. */
function endlessIndex(): Buffer {
  const file = path.join(temporaryDirectory(), 'index.db')
  const database = loadSqlite()(file)
  database.exec(`CREATE VIEW meta AS
    WITH RECURSIVE endless(value) AS (VALUES (1) UNION ALL SELECT value + 1 FROM endless) SELECT 'boot' AS name, value FROM endless;
    PRAGMA user_version = ${LAYOUT_VERSION}`)
  database.close()
  return fs.readFileSync(file)
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
    const { reader, clone, checkOut } = await boundClone()
    await runCli(reader, ['sync', 'pull'], { directory: clone })
    const payload = { release_id: 'x', reservation_id: 'r1', run_id: 'alice-run', released_at: '2026-01-01T00:00:00Z' }
    const release = { id: 9, kind: 'release', record_id: 'x', run_id: 'alice-run', payload, expires_at: null }
    checkOut({
      'remote/release/x.json': JSON.stringify({ ...release, author: 'gabriel', token: null, received_at: null }),
    })
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

  it('calls nothing free where its user had git track all of it', async () => {
    const { reader } = await pulledStore()
    await check(reader, reader.root)
    git(reader.root, 'init', '--quiet')
    git(reader.root, 'add', '--all', '--force')
    expect(documentOf(await check(reader, reader.root))).toMatchObject({ status: 'unknown' })
  })
})

describe('what a later branch writes over in a store’s memory', () => {
  it('makes nobody blind: cursors of another machine skip nothing', async () => {
    const { writer, reader, clone, checkOut } = await boundClone()
    const [space = ''] = fs
      .readdirSync(path.join(writer.root, STORE, '.sync'))
      .filter((name) => name.startsWith('http'))
    const names = ['state.json', 'as-of.json'].map((name) => path.join('.sync', space, name))
    checkOut(Object.fromEntries(names.map((name) => [name, fs.readFileSync(path.join(writer.root, STORE, name))])))
    expect(documentOf(await check(reader, clone))).toMatchObject({ status: 'unknown' })
    expect(documentOf(await runCli(reader, ['sync', 'pull', '-j'], { directory: clone }))).toMatchObject({ count: 2 })
    expect((await check(reader, clone)).exitCode).toBe(6)
    const told = await runCli(reader, ['doctor'], { directory: clone })
    expect(told.stdout).toMatch(/git tracks 2 file\(s\) of the store, .*\n +git /)
    // What is written there from then on is believed, though git goes on to track it.
    git(clone, 'commit', '--quiet', '--allow-empty', '--message', 'Something')
    expect((await check(reader, clone)).exitCode).toBe(6)
  })

  it('stops nothing: what is in the place of an index, a lock or a directory goes', async () => {
    const { reader, clone, checkOut } = await boundClone()
    const names = ['remote.lock', 'keeper.lock', 'holds', 'agents', 'worth', 'index.999999999.db']
    const files = Object.fromEntries(names.map((name) => [`.sync/${name}`, 'theirs']))
    checkOut({ ...files, '.sync/index.1.db': endlessIndex(), '.order/leases': 'theirs' })
    expect(documentOf(await check(reader, clone))).toMatchObject({ status: 'unknown' })
    for (const line of ['sync pull', 'status', 'claim t0 --run-id other', 'reserve src/a.ts --run-id other']) {
      expect([line, await runCli(reader, line.split(' '), { directory: clone })]).toMatchObject([line, { exitCode: 0 }])
    }
    expect((await check(reader, clone)).exitCode).toBe(6)
  })

  it('frees nothing: what it takes along when it is left was pulled', async () => {
    const { reader, clone, checkOut } = await boundClone()
    await runCli(reader, ['sync', 'pull'], { directory: clone })
    expect((await check(reader, clone)).exitCode).toBe(6)
    checkOut({ 'remote/reservation/r1.json': '{}' })
    git(clone, 'checkout', '--quiet', 'main')
    expect(documentOf(await check(reader, clone))).toMatchObject({ status: 'unknown' })
    await runCli(reader, ['sync', 'pull'], { directory: clone })
    expect((await check(reader, clone)).exitCode).toBe(6)
  })

  it('leads nowhere: a link in the place of the memory is refused or taken away', async () => {
    const { reader, clone, checkOut } = await boundClone()
    const elsewhere = temporaryDirectory()
    checkOut({})
    const link = path.join(clone, STORE, '.sync')
    fs.rmSync(link, { recursive: true })
    fs.symlinkSync(elsewhere, link)
    git(clone, 'add', '--force', link)
    expect((await check(reader, clone)).exitCode).not.toBe(0)
    await runCli(reader, ['sync', 'pull'], { directory: clone })
    expect(fs.readdirSync(elsewhere)).toEqual([])
  })
})
