import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createExclusive, writeAtomic } from '../../src/files/atomic-write.js'
import { type ChildModule, childModule } from '../support/child-module.js'
import { temporaryDirectory } from '../support/temporary-directory.js'
import { codeOf } from '../workspace/temporary-repo.js'

let child: ChildModule

beforeAll(async () => {
  child = await childModule(`
    import { createExclusive, writeAtomic } from 'src/files/atomic-write.js'
    const [task, file, ...rest] = process.argv.slice(2)
    const answer = (value) => process.stdout.write(JSON.stringify(value))
    if (task === 'create') {
      const size = Number(rest[0])
      const won = []
      for (let i = 0; i < 200; i++) {
        if (createExclusive(file + i + '.json', JSON.stringify({ by: process.pid, filler: 'x'.repeat(size) }))) won.push(i)
      }
      answer(won)
    }
    if (task === 'rewrite') {
      process.stdout.write('started')
      for (let i = 0; ; i++) writeAtomic(file, JSON.stringify({ i, filler: String(i).repeat(20000) }))
    }
    if (task === 'overfill') {
      const attempt = (write) => { try { return write() } catch (error) { return error.code + ' ' + error.message } }
      const text = 'x'.repeat(100000)
      answer([attempt(() => writeAtomic(file, text)), attempt(() => createExclusive(file + '.new', text))])
    }
  `)
})

afterAll(() => child.remove())

describe('writeAtomic', () => {
  it('replaces a file whole and leaves nothing beside it', () => {
    const directory = temporaryDirectory()
    const file = path.join(directory, 'a.json')
    writeAtomic(file, 'one')
    writeAtomic(file, Buffer.from('two'), { fsync: true })
    expect(fs.readFileSync(file, 'utf8')).toBe('two')
    expect(fs.readdirSync(directory)).toEqual(['a.json'])
  })

  it('gives the mode it was told, whatever the umask', () => {
    const file = path.join(temporaryDirectory(), 'key')
    const before = process.umask(0o277)
    try {
      writeAtomic(file, 'secret', { mode: 0o600 })
    } finally {
      process.umask(before)
    }
    expect(fs.statSync(file).mode & 0o777).toBe(0o600)
  })

  it('replaces a link and not what it points to', () => {
    const directory = temporaryDirectory()
    const target = path.join(directory, 'target')
    fs.writeFileSync(target, 'mine')
    fs.symlinkSync(target, path.join(directory, 'link'))
    writeAtomic(path.join(directory, 'link'), 'yours')
    expect(fs.readFileSync(target, 'utf8')).toBe('mine')
  })

  it('says which path failed and why', () => {
    const directory = temporaryDirectory()
    fs.mkdirSync(path.join(directory, 'taken'))
    expect(codeOf(() => writeAtomic(path.join(directory, 'missing', 'a'), ''))).toBe('FILE_FAILED')
    expect(() => writeAtomic(path.join(directory, 'taken'), '')).toThrow(path.join(directory, 'taken'))
    expect(fs.readdirSync(directory)).toEqual(['taken'])
  })

  it('shows its readers the old content or the new one while it is killed again and again', async () => {
    const directory = temporaryDirectory()
    const file = path.join(directory, 'a.json')
    writeAtomic(file, JSON.stringify({ i: -1, filler: '' }))
    for (let round = 0; round < 4; round++) {
      const process = child.start({ args: ['rewrite', file] })
      const ended = new Promise((resolve) => process.on('close', resolve))
      await new Promise((resolve) => process.stdout.once('data', resolve))
      for (let look = 0; look < 200; look++) {
        const { i, filler } = JSON.parse(fs.readFileSync(file, 'utf8'))
        expect(filler).toBe(i < 0 ? '' : String(i).repeat(20000))
      }
      process.kill('SIGKILL')
      await ended
    }
    expect(fs.readdirSync(directory).filter((name) => name.endsWith('.json'))).toEqual(['a.json'])
  })

  it('leaves neither half a file nor a temporary one when there is no room', async () => {
    const directory = temporaryDirectory()
    const file = path.join(directory, 'a.json')
    writeAtomic(file, 'old')
    const failures = await child.run<string[]>({ args: ['overfill', file], shell: 'ulimit -f 8;' })
    expect(failures).toEqual([
      expect.stringMatching(/^FILE_FAILED .*EFBIG/),
      expect.stringMatching(/^FILE_FAILED .*EFBIG/),
    ])
    expect(fs.readdirSync(directory)).toEqual(['a.json'])
    expect(fs.readFileSync(file, 'utf8')).toBe('old')
  })
})

describe('createExclusive', () => {
  it('lets one caller have the name, and shows the file whole at once', () => {
    const file = path.join(temporaryDirectory(), 'a.json')
    expect(createExclusive(file, 'first', { mode: 0o600, fsync: true })).toBe(true)
    expect(createExclusive(file, 'second')).toBe(false)
    expect(fs.readFileSync(file, 'utf8')).toBe('first')
    expect(fs.readdirSync(path.dirname(file))).toEqual(['a.json'])
  })

  it('does not take a name that a directory or a dangling link has', () => {
    const directory = temporaryDirectory()
    fs.mkdirSync(path.join(directory, 'd'))
    fs.symlinkSync(path.join(directory, 'nowhere'), path.join(directory, 'l'))
    expect(createExclusive(path.join(directory, 'd'), '')).toBe(false)
    expect(createExclusive(path.join(directory, 'l'), '')).toBe(false)
    expect(fs.existsSync(path.join(directory, 'nowhere'))).toBe(false)
  })

  it('gives each of 200 names to exactly one of four processes', async () => {
    const directory = temporaryDirectory()
    const args = ['create', path.join(directory, 'task'), '3000']
    const won = await Promise.all(Array.from({ length: 4 }, () => child.run<number[]>({ args })))
    expect(won.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, index) => index))
    const contents = fs
      .readdirSync(directory)
      .map((name) => JSON.parse(fs.readFileSync(path.join(directory, name), 'utf8')))
    expect(contents).toHaveLength(200)
    expect(contents.every(({ filler }) => filler.length === 3000)).toBe(true)
  })
})
