import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { diskStorage } from '../../src/files/storage.js'
import {
  createRecordFile,
  examineFile,
  type IgnoredFile,
  listRecordFiles,
  readPayload,
  writeRecordFile,
} from '../../src/workspace/record-files.js'
import type { Repo } from '../../src/workspace/repo.js'
import { childModule } from '../support/child-module.js'
import { temporaryDirectory } from '../support/temporary-directory.js'
import { codeOf, everythingIn, place, runProgram, temporaryRepo } from './temporary-repo.js'

function fileAt(file: string) {
  return { folder: diskStorage.open(path.dirname(file)), name: path.basename(file) }
}

function reasonOf(content: string | Buffer): string {
  const file = path.join(temporaryDirectory(), 'r.json')
  fs.writeFileSync(file, content)
  const reading = readPayload(fileAt(file))
  return 'reason' in reading ? reading.reason : `payload ${JSON.stringify(reading.payload)}`
}

function scan(repo: Repo, directory: string) {
  const ignored: IgnoredFile[] = []
  const files = Array.from(listRecordFiles(repo, directory, ignored), (name) =>
    examineFile(repo, directory, name, ignored),
  )
  return { files: files.filter((file) => file !== null), ignored }
}

describe('listing record files', () => {
  it('lists regular *.json files by name, and says why others are left out', () => {
    const repo = temporaryRepo()
    const [, linked] = place(repo, {
      'tasks/b.json': {},
      'tasks/a.json': {},
      'tasks/note.txt': 'x',
      'tasks/.a.json.1.tmp': '',
    })
    const directory = path.join(repo.coordinationDirectory, 'tasks')
    fs.symlinkSync(linked as string, path.join(directory, 'c.json'))
    fs.mkdirSync(path.join(directory, 'd.json'))
    runProgram('mkfifo', path.join(directory, 'e.json'))
    const { files, ignored } = scan(repo, 'tasks')
    expect(files.map(({ name }) => name)).toEqual(['a.json', 'b.json'])
    expect(ignored).toEqual([
      { path: path.join(directory, 'c.json'), reason: 'is a symbolic link' },
      { path: path.join(directory, 'd.json'), reason: 'is no regular file' },
      { path: path.join(directory, 'e.json'), reason: 'is no regular file' },
    ])
  })

  it('finds nothing in a directory that does not exist', () => {
    expect(scan(temporaryRepo(), 'tasks')).toEqual({ files: [], ignored: [] })
  })

  it('does not look into a directory that is a link, and says so', () => {
    const repo = temporaryRepo()
    const elsewhere = temporaryDirectory()
    fs.writeFileSync(path.join(elsewhere, 'secret.json'), '{}')
    fs.symlinkSync(elsewhere, path.join(repo.coordinationDirectory, 'tasks'))
    const { files, ignored } = scan(repo, 'tasks')
    expect(files).toEqual([])
    expect(ignored).toEqual([
      {
        path: path.join(repo.coordinationDirectory, 'tasks'),
        reason: expect.stringContaining('symbolic link'),
        isUnread: true,
      },
    ])
  })

  it('gives a file another signature when it is rewritten with its times set back', () => {
    const repo = temporaryRepo()
    const [file] = place(repo, { 'tasks/a.json': '{"a":1}' }) as [string]
    const before = scan(repo, 'tasks').files[0]
    const { atime, mtime } = fs.statSync(file)
    fs.writeFileSync(file, '{"a":2}')
    fs.utimesSync(file, atime, mtime)
    const after = scan(repo, 'tasks').files[0]
    expect(after?.signature).not.toBe(before?.signature)
  })
})

describe('readPayload', () => {
  it.each([
    ['', 'is empty'],
    [' \n\t', 'is empty'],
    ['[1]', 'is no JSON object: [1]'],
    ['"text"', 'is no JSON object: "text"'],
    ['null', 'is no JSON object: null'],
    [Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 'is no valid UTF-8'],
    [Buffer.from([0xfe, 0xff, 0x00, 0x7b]), 'is no valid UTF-8'],
  ])('says of %j that it %s', (content, reason) => {
    expect(reasonOf(content)).toBe(reason)
  })

  it.each([
    ['{"a": 1,\n "b": }', 'is no valid JSON: expected a value, line 2, column 7'],
    ['{"a": {"b": 1}', 'is no valid JSON: ends where , or } belongs, line 1, column 15'],
    ['{"a": 1}\n{"a": 2}', 'is no valid JSON: expected the end, line 2, column 1'],
    ['{"text": "\u0007"}', 'is no valid JSON: expected the rest of a string, line 1, column 11'],
    ['{"a": [1 2]}', 'is no valid JSON: expected , or ], line 1, column 10'],
    ["{'a': 1}", 'is no valid JSON: expected a name or }, line 1, column 2'],
    ['{"a": 1,}', 'is no valid JSON: expected a name, line 1, column 9'],
  ])('says where %j is broken', (content, reason) => {
    expect(reasonOf(content)).toBe(reason)
  })

  it('reads a file with a byte order mark', () => {
    expect(reasonOf('\ufeff{"a":"ü"}')).toBe('payload {"a":"ü"}')
  })

  it('reads a file of just 256 KiB and leaves out a longer one, however long', () => {
    const whole = `{"a":"${'x'.repeat(256 * 1024 - 8)}"}`
    expect(reasonOf(whole)).toMatch(/^payload/)
    expect(reasonOf(`${whole} `)).toBe('is over 256 KiB')
    const file = path.join(temporaryDirectory(), 'huge.json')
    fs.writeFileSync(file, '{')
    fs.truncateSync(file, 8 * 1024 ** 4)
    expect(readPayload(fileAt(file))).toEqual({ reason: 'is over 256 KiB' })
  })

  it('leaves out what is nested to break its readers, and only that', () => {
    expect(reasonOf(`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`)).toBe('is nested deeper than 200 levels')
    expect(reasonOf(`{"a":${'['.repeat(199)}${']'.repeat(199)}}`)).toMatch(/^payload/)
    expect(reasonOf(`{"a":"${'[{'.repeat(1000)}\\"${'['.repeat(1000)}"}`)).toMatch(/^payload/)
    expect(reasonOf(JSON.stringify({ a: Array.from({ length: 1000 }, () => ({ b: [] })) }))).toMatch(/^payload/)
  })

  it('does not follow a link, wait for a pipe or stop at a directory', () => {
    const directory = temporaryDirectory()
    fs.writeFileSync(path.join(directory, 'real.json'), '{}')
    fs.symlinkSync('real.json', path.join(directory, 'link.json'))
    runProgram('mkfifo', path.join(directory, 'pipe.json'))
    fs.mkdirSync(path.join(directory, 'directory.json'))
    const reason = (name: string) => (readPayload(fileAt(path.join(directory, name))) as { reason: string }).reason
    expect(reason('link.json')).toBe('is a symbolic link, or lies behind one')
    expect(reason('pipe.json')).toBe('is no regular file')
    expect(reason('directory.json')).toBe('is no regular file')
    expect(reason('missing.json')).toBe('is missing')
  })

  it('says of a file without permission that it cannot be read', async () => {
    const directory = temporaryDirectory()
    fs.chmodSync(directory, 0o755)
    const file = path.join(directory, 'a.json')
    fs.writeFileSync(file, '{}', { mode: 0o000 })
    const code = `
      import { diskStorage } from 'src/files/storage.js'
      import { readPayload } from 'src/workspace/record-files.js'
      const [folder, name] = process.argv.slice(2)
      process.stdout.write(JSON.stringify(readPayload({ folder: diskStorage.open(folder), name })))
    `
    const child = await childModule(code)
    // Nothing is hidden from root, so the question is put by nobody.
    const reading = await child.run({
      args: [directory, 'a.json'],
      ...(process.getuid?.() === 0 ? { uid: 65534 } : {}),
    })
    child.remove()
    expect(reading).toEqual({ isUnread: true, reason: expect.stringMatching(/^cannot be read: EACCES/) })
  })

  it('gives an object or a reason for any bytes, and never throws', () => {
    const file = path.join(temporaryDirectory(), 'r.json')
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.json().map((text) => Buffer.from(text)),
        ),
        (bytes) => {
          fs.writeFileSync(file, bytes)
          const reading = readPayload(fileAt(file))
          if ('payload' in reading) expect(JSON.parse(Buffer.from(bytes).toString())).toEqual(reading.payload)
          else expect(reading.reason).not.toBe('')
        },
      ),
      { numRuns: 300 },
    )
  })
})

describe('writing record files', () => {
  it('writes indented JSON that reads back the same, in a directory that it makes', () => {
    const repo = temporaryRepo()
    writeRecordFile(repo, 'tasks', 'sha256:ab', { task_id: 'sha256:ab', title: 'Grüße' })
    const file = path.join(repo.coordinationDirectory, 'tasks', 'sha256:ab.json')
    expect(fs.readFileSync(file, 'utf8')).toBe('{\n  "task_id": "sha256:ab",\n  "title": "Grüße"\n}\n')
    expect(readPayload(fileAt(file))).toMatchObject({ payload: { task_id: 'sha256:ab', title: 'Grüße' } })
  })

  it('creates a file for one caller only', () => {
    const repo = temporaryRepo()
    expect(createRecordFile(repo, 'claims', 't1', { task_id: 't1', claimer_run_id: 'a' })).toBe(true)
    expect(createRecordFile(repo, 'claims', 't1', { task_id: 't1', claimer_run_id: 'b' })).toBe(false)
  })

  it.each(['', '../x', 'a/b', 'a\n', 'x'.repeat(129), '.'])('refuses %j as the id of a record', (id) => {
    const repo = temporaryRepo()
    expect(codeOf(() => writeRecordFile(repo, 'tasks', id, {}))).toBe('RECORD_ID_UNSAFE')
    expect(everythingIn(repo.coordinationDirectory)).toEqual([])
  })

  it('writes through no link: neither in the place of the directory nor of the file', () => {
    const repo = temporaryRepo()
    const elsewhere = temporaryDirectory()
    fs.symlinkSync(elsewhere, path.join(repo.coordinationDirectory, 'tasks'))
    expect(codeOf(() => writeRecordFile(repo, 'tasks', 'a', {}))).toBe('LINK_REFUSED')
    fs.mkdirSync(path.join(repo.coordinationDirectory, 'claims'))
    fs.symlinkSync(path.join(elsewhere, 'x'), path.join(repo.coordinationDirectory, 'claims', 'a.json'))
    expect(codeOf(() => createRecordFile(repo, 'claims', 'a', {}))).toBe('LINK_REFUSED')
    expect(fs.readdirSync(elsewhere)).toEqual([])
  })
})
