import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { RemoteFiles } from '../../src/sync/pull/remote-files.js'
import { type ChildModule, childModule } from '../support/child-module.js'
import { temporaryDirectory } from '../support/temporary-directory.js'
import { codeOf, everythingIn, runProgram, temporaryRepo } from '../workspace/temporary-repo.js'

const LINE = '{"id":1,"kind":"task","record_id":"t1","payload":{"title":"Grüße"}}'

describe('RemoteFiles', () => {
  it('writes a record on one line, and tells when the file holds the same already', () => {
    const repo = temporaryRepo()
    const files = new RemoteFiles(repo)
    const file = path.join(repo.coordinationDirectory, 'remote', 'task', 't1.json')
    expect(files.write('task', 't1', LINE)).toBe('written')
    expect(fs.readFileSync(file, 'utf8')).toBe(`${LINE}\n`)
    const { ino } = fs.statSync(file)
    expect(files.write('task', 't1', LINE)).toBe('unchanged')
    expect(new RemoteFiles(repo).write('task', 't1', LINE)).toBe('unchanged')
    expect(fs.statSync(file).ino).toBe(ino)
    expect(files.write('task', 't1', LINE.replace('1', '2'))).toBe('written')
    expect(files.write('task', 't1', '{}')).toBe('written')
    expect(fs.readFileSync(file, 'utf8')).toBe('{}\n')
    expect(everythingIn(files.folder.path)).toEqual(['task', 'task/t1.json'])
  })

  it('mends a file that was cut short or damaged', () => {
    const repo = temporaryRepo()
    const files = new RemoteFiles(repo)
    files.write('task', 't1', LINE)
    const file = path.join(files.folder.path, 'task', 't1.json')
    for (const damage of [
      '',
      LINE.slice(0, 20),
      `${LINE.replace('t1', 't9')}\n`,
      Buffer.alloc(Buffer.byteLength(LINE) + 1, 0xff),
    ]) {
      fs.writeFileSync(file, damage)
      expect(files.write('task', 't1', LINE)).toBe('written')
      expect(fs.readFileSync(file, 'utf8')).toBe(`${LINE}\n`)
    }
  })

  it.each(['.muse', '.muse/coordination', '.muse/coordination/remote', '.muse/coordination/remote/task'])(
    'refuses a linked %s and writes nothing behind it',
    (place) => {
      const repo = temporaryRepo()
      const elsewhere = temporaryDirectory()
      fs.rmSync(path.join(repo.root, place), { recursive: true, force: true })
      fs.mkdirSync(path.dirname(path.join(repo.root, place)), { recursive: true })
      fs.symlinkSync(elsewhere, path.join(repo.root, place))
      expect(() => new RemoteFiles(repo).write('task', 't1', LINE)).toThrow(path.join(repo.root, place))
      expect(codeOf(() => new RemoteFiles(repo).write('task', 't1', LINE))).toBe('LINK_REFUSED')
      expect(everythingIn(elsewhere)).toEqual([])
    },
  )

  it('refuses a link in the place of the file, neither followed nor replaced', () => {
    const repo = temporaryRepo()
    const files = new RemoteFiles(repo)
    files.write('task', 't0', LINE)
    const secret = path.join(temporaryDirectory(), 'secret')
    fs.writeFileSync(secret, `${LINE}\n`)
    const link = path.join(files.folder.path, 'task', 't1.json')
    for (const target of [secret, path.join(path.dirname(secret), 'dangling')]) {
      fs.symlinkSync(target, link)
      expect(codeOf(() => files.write('task', 't1', LINE))).toBe('LINK_REFUSED')
      expect(fs.readlinkSync(link)).toBe(target)
      fs.unlinkSync(link)
    }
    expect(fs.readdirSync(path.dirname(secret))).toEqual(['secret'])
  })

  it('refuses what is no file in the place of the file', () => {
    const files = new RemoteFiles(temporaryRepo())
    files.write('task', 't0', LINE)
    fs.mkdirSync(path.join(files.folder.path, 'task', 't1.json'))
    runProgram('mkfifo', path.join(files.folder.path, 'task', 't2.json'))
    expect(codeOf(() => files.write('task', 't1', LINE))).toBe('FILE_FAILED')
    expect(codeOf(() => files.write('task', 't2', LINE))).toBe('FILE_FAILED')
  })

  it.each([
    ['task', '../x', 'RECORD_ID_UNSAFE'],
    ['task', 'a\n', 'RECORD_ID_UNSAFE'],
    ['..', 'x', 'KIND_UNKNOWN'],
    ['Task', 'x', 'KIND_UNKNOWN'],
    ['', 'x', 'KIND_UNKNOWN'],
  ])('makes no path of the kind %j and the id %j', (kind, id, code) => {
    const repo = temporaryRepo()
    expect(codeOf(() => new RemoteFiles(repo).write(kind, id, LINE))).toBe(code)
    expect(everythingIn(repo.coordinationDirectory)).toEqual([])
  })
})

function mayMount(): boolean {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'muse-coord-mount-'))
  try {
    runProgram('mount', '-t', 'tmpfs', 'tmpfs', directory)
    runProgram('umount', directory)
    return true
  } catch {
    return false
  } finally {
    fs.rmdirSync(directory)
  }
}

describe('RemoteFiles in trouble', () => {
  let child: ChildModule

  beforeAll(async () => {
    child = await childModule(`
      import { RemoteFiles } from 'src/sync/pull/remote-files.js'
      import { repoAt } from 'src/workspace/repo.js'
      const [root, count, size] = process.argv.slice(2)
      const files = new RemoteFiles(repoAt(root))
      const tally = { written: 0, unchanged: 0 }
      let failure = null
      try {
        for (let i = 0; i < Number(count); i++) tally[files.write('task', 't' + i, JSON.stringify({ i, filler: 'x'.repeat(Number(size)) }))]++
      } catch (error) { failure = { code: error.code, message: error.message } }
      process.stdout.write(JSON.stringify({ ...tally, failure }))
    `)
  })

  afterAll(() => child.remove())

  // Only root may mount; for the rest the next test ends a write in the middle, by a limit on the size of files.
  const onTmpfs = mayMount() ? it : it.skip
  onTmpfs('stops at a full disk with everything written so far whole, and goes on when there is room', async () => {
    const repo = temporaryRepo()
    runProgram('mount', '-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', repo.coordinationDirectory)
    try {
      const args = [repo.root, '500', '3000']
      const first = await child.run<{ written: number; failure: { code: string; message: string } }>({ args })
      expect(first.failure).toEqual({ code: 'FILE_FAILED', message: expect.stringContaining('ENOSPC') })
      const directory = path.join(repo.coordinationDirectory, 'remote', 'task')
      const names = fs.readdirSync(directory)
      expect(names).toHaveLength(first.written)
      for (const name of names)
        expect(JSON.parse(fs.readFileSync(path.join(directory, name), 'utf8')).filler).toHaveLength(3000)
      runProgram('mount', '-o', 'remount,size=8m', repo.coordinationDirectory)
      expect(await child.run({ args })).toEqual({
        written: 500 - first.written,
        unchanged: first.written,
        failure: null,
      })
    } finally {
      runProgram('umount', repo.coordinationDirectory)
    }
  })

  it('leaves no half of a file when a write fails in the middle', async () => {
    const repo = temporaryRepo()
    const result = await child.run({ args: [repo.root, '1', '100000'], shell: 'ulimit -f 8;' })
    expect(result).toMatchObject({
      written: 0,
      failure: { code: 'FILE_FAILED', message: expect.stringContaining('EFBIG') },
    })
    expect(everythingIn(path.join(repo.coordinationDirectory, 'remote'))).toEqual(['task'])
  })

  it('lets two processes write the same records at once', async () => {
    const repo = temporaryRepo()
    const args = [repo.root, '300', '500']
    const results = await Promise.all([child.run({ args }), child.run({ args })])
    expect(results.map((result) => (result as { failure: unknown }).failure)).toEqual([null, null])
    const directory = path.join(repo.coordinationDirectory, 'remote', 'task')
    const names = fs.readdirSync(directory)
    expect(names).toHaveLength(300)
    for (const name of names)
      expect(JSON.parse(fs.readFileSync(path.join(directory, name), 'utf8')).filler).toHaveLength(500)
  })
})
