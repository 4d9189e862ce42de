import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { NewRemoteDirectories } from '../../src/sync/pull/new-remote-directories.js'
import { RemoteFiles } from '../../src/sync/pull/remote-files.js'
import type { Repo } from '../../src/workspace/repo.js'
import { temporaryDirectory } from '../support/temporary-directory.js'
import { codeOf, everythingIn, temporaryRepo } from '../workspace/temporary-repo.js'

/** Nobody else has pulled anything. */
const alone = () => 0

function aPull(repo: Repo): NewRemoteDirectories {
  return new NewRemoteDirectories(new RemoteFiles(repo), repo.sync, 'all')
}

function privateDirectory(repo: Repo): string {
  return path.join(repo.coordinationDirectory, '.sync')
}

function remote(repo: Repo): string {
  return path.join(repo.coordinationDirectory, 'remote')
}

function line(recordId: string, id: number): string {
  return JSON.stringify({ id, kind: 'task', record_id: recordId, payload: { title: `of ${id}` } })
}

function textOf(repo: Repo, recordId: string): string {
  return fs.readFileSync(path.join(remote(repo), 'task', `${recordId}.json`), 'utf8')
}

describe('NewRemoteDirectories', () => {
  it('shows nothing of a new directory before it is complete, and leaves nothing aside', () => {
    const repo = temporaryRepo()
    const pull = aPull(repo)
    for (const id of [1, 2, 3]) expect(pull.write('task', `t${id}`, line(`t${id}`, id))).toBe('written')
    expect(pull.areFilling).toBe(true)
    expect(fs.existsSync(remote(repo))).toBe(false)
    pull.publish(alone)
    expect(pull.areFilling).toBe(false)
    expect(everythingIn(remote(repo))).toEqual(['task', 'task/t1.json', 'task/t2.json', 'task/t3.json'])
    expect(textOf(repo, 't2')).toBe(`${line('t2', 2)}\n`)
    expect(everythingIn(privateDirectory(repo))).toEqual(['new'])
  })

  it('keeps the last version of a record that comes again', () => {
    const repo = temporaryRepo()
    const pull = aPull(repo)
    pull.write('task', 't1', line('t1', 100))
    pull.write('task', 't1', line('t1', 2))
    pull.publish(alone)
    expect(textOf(repo, 't1')).toBe(`${line('t1', 2)}\n`)
  })

  it('writes straight into a directory that is there, beside new ones, and after it has published', () => {
    const repo = temporaryRepo()
    const first = aPull(repo)
    first.write('task', 't1', line('t1', 1))
    first.publish(alone)
    const second = aPull(repo)
    expect(second.write('task', 't1', line('t1', 1))).toBe('unchanged')
    expect(second.areFilling).toBe(false)
    second.write('claim', 't1', line('t1', 2))
    second.write('task', 't2', line('t2', 3))
    expect(everythingIn(remote(repo))).toEqual(['task', 'task/t1.json', 'task/t2.json'])
    second.publish(alone)
    second.write('claim', 't2', line('t2', 4))
    expect(everythingIn(path.join(remote(repo), 'claim'))).toEqual(['t1.json', 't2.json'])
  })

  it('puts its records one by one into a directory that another pull has made meanwhile, and none over a newer one', () => {
    const repo = temporaryRepo()
    const [slow, fast] = [aPull(repo), aPull(repo)]
    for (const id of [1, 2, 3]) slow.write('task', `t${id}`, line(`t${id}`, id))
    fast.write('task', 't2', line('t2', 8))
    fast.write('task', 't3', line('t3', 1))
    fast.publish(alone)
    slow.publish(() => 2)
    expect(everythingIn(remote(repo))).toEqual(['task', 'task/t1.json', 'task/t2.json', 'task/t3.json'])
    expect(textOf(repo, 't2')).toBe(`${line('t2', 8)}\n`)
    expect(textOf(repo, 't3')).toBe(`${line('t3', 3)}\n`)
    expect(everythingIn(privateDirectory(repo))).toEqual(['new'])
  })

  it('puts every record there as the hub gave it, also where another pull was faster', () => {
    const repo = temporaryRepo()
    const [slow, fast] = [aPull(repo), aPull(repo)]
    const large = '{"id":1,"payload":{"n":12345678901234567890}}'
    slow.write('task', 't1', large)
    fast.write('task', 't2', line('t2', 2))
    fast.publish(alone)
    slow.publish(alone)
    expect(textOf(repo, 't1')).toBe(`${large}\n`)
  })

  it('removes what a killed process has left aside, and leaves alone what a living one fills', () => {
    const repo = temporaryRepo()
    const living = aPull(repo)
    living.write('task', 't1', line('t1', 1))
    const aside = path.join(privateDirectory(repo), 'new')
    const [own] = fs.readdirSync(aside)
    const mark = JSON.parse(fs.readFileSync(path.join(aside, `${own}`, 'mark'), 'utf8'))
    const killed = path.join(aside, 'killed')
    fs.mkdirSync(path.join(killed, 'task'), { recursive: true })
    fs.writeFileSync(path.join(killed, 'mark'), JSON.stringify({ ...mark, pid: pidOfNobody() }))
    fs.writeFileSync(path.join(killed, 'task', 't9.json'), '{"id":9,"ki')
    const next = aPull(repo)
    next.write('claim', 't2', line('t2', 2))
    expect(fs.existsSync(killed)).toBe(false)
    living.publish(alone)
    next.publish(alone)
    expect(everythingIn(remote(repo))).toEqual(['claim', 'claim/t2.json', 'task', 'task/t1.json'])
  })

  it.each(['remote', 'remote/task'])(
    'refuses a link in the place of %s, also one that appears while it fills',
    (place) => {
      const repo = temporaryRepo()
      const elsewhere = temporaryDirectory()
      const link = path.join(repo.coordinationDirectory, place)
      const pull = aPull(repo)
      pull.write('task', 't1', line('t1', 1))
      fs.mkdirSync(path.dirname(link), { recursive: true })
      fs.symlinkSync(elsewhere, link)
      expect(codeOf(() => pull.publish(alone))).toBe('LINK_REFUSED')
      expect(codeOf(() => aPull(repo).write('task', 't1', line('t1', 1)))).toBe('LINK_REFUSED')
      expect(everythingIn(elsewhere)).toEqual([])
    },
  )

  it.each([
    ['task', '../x', 'RECORD_ID_UNSAFE'],
    ['..', 'x', 'KIND_UNKNOWN'],
  ])('makes no path of the kind %j and the id %j', (kind, id, code) => {
    const repo = temporaryRepo()
    expect(codeOf(() => aPull(repo).write(kind, id, line(id, 1)))).toBe(code)
    expect(everythingIn(repo.coordinationDirectory)).toEqual([])
  })
})

function pidOfNobody(): number {
  return spawnSync('true').pid
}
