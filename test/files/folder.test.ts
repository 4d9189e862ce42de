import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { diskStorage } from '../../src/files/storage.js'
import { temporaryDirectory } from '../support/temporary-directory.js'
import { codeOf, everythingIn, runProgram } from '../workspace/temporary-repo.js'

const NOWHERE = '/no/such/place'

function place() {
  const root = temporaryDirectory()
  return { root, folder: diskStorage.open(root) }
}

function modeOf(...names: string[]): string {
  return (fs.statSync(path.join(...names)).mode & 0o777).toString(8)
}

describe('Folder', () => {
  it('finds nothing where it is missing, and is made by the first that writes', () => {
    const { root, folder } = place()
    const inner = folder.in('a/b')
    expect([inner.isThere(), [...inner.names()], inner.stat(), inner.stat('x')]).toEqual([false, [], null, null])
    expect(inner.read('x', 10)).toMatchObject({ isMissing: true })
    expect([inner.remove('x'), inner.removeIf('x', 10, () => true)]).toEqual([false, false])
    expect(everythingIn(root)).toEqual([])
    inner.write('x', 'one')
    expect([inner.isThere(), [...inner.names()], inner.read('x', 10)]).toEqual([true, ['x'], { text: 'one' }])
    expect(folder.read('a/b/x', 10)).toEqual({ text: 'one' })
    expect([inner.pathOf('x'), folder.nameOf(inner.pathOf('x'))]).toEqual([path.join(root, 'a', 'b', 'x'), 'a/b/x'])
  })

  it('is made again by a write when somebody has removed it meanwhile', () => {
    const { root, folder } = place()
    folder.write('a/b/x', 'one')
    fs.rmSync(path.join(root, 'a'), { recursive: true })
    folder.append('a/b/x', 'two')
    expect(folder.read('a/b/x', 10)).toEqual({ text: 'two' })
    fs.rmSync(path.join(root, 'a'), { recursive: true })
    expect(folder.create('a/b/x', 'three')).toBe(true)
  })

  it.each(['', '.', '..', '../x', 'a/../../x', 'a//b', '/x', 'a/', 'a\0b'])('has nothing under the name %j', (name) => {
    const { root, folder } = place()
    const inner = folder.in('inner')
    for (const call of [
      () => inner.in(name),
      () => inner.pathOf(name),
      () => inner.read(name, 10),
      () => inner.stat(name),
      () => inner.write(name, ''),
      () => inner.create(name, ''),
      () => inner.remove(name),
    ]) {
      expect(codeOf(call)).toBe('PATH_OUTSIDE')
      expect(call).toThrow(inner.path)
    }
    expect(everythingIn(root)).toEqual([])
  })

  it('knows no name for a path that is not below it', () => {
    const { root, folder } = place()
    for (const elsewhere of [path.dirname(root), `${root}-beside/a`, root, `${root}/../x`, 'a']) {
      expect(codeOf(() => folder.nameOf(elsewhere))).toBe('PATH_OUTSIDE')
    }
  })

  it.each(['a', 'a/b', 'a/b/x'])('goes through no link at %s, neither to read nor to write', (linked) => {
    for (const isDangling of [false, true]) {
      const { root, folder } = place()
      const elsewhere = temporaryDirectory()
      fs.writeFileSync(path.join(elsewhere, 'secret'), 'secret')
      const target = linked.endsWith('x') ? path.join(elsewhere, 'secret') : elsewhere
      const link = path.join(root, linked)
      fs.mkdirSync(path.dirname(link), { recursive: true })
      fs.symlinkSync(isDangling ? NOWHERE : target, link)
      const inner = folder.in('a/b')
      for (const call of [
        () => inner.read('x', 10),
        () => inner.write('x', 'mine'),
        () => inner.update('x', 'mine'),
        () => inner.create('x', 'mine'),
        () => inner.createLinked('x', 'own', 'mine'),
        () => inner.append('x', 'mine'),
        () => inner.fill('x', 'mine'),
        () => inner.touch('x'),
        () => inner.removeIf('x', 10, () => true),
        ...(linked.endsWith('x') ? [] : [() => inner.isThere(), () => [...inner.names()], () => inner.make()]),
      ]) {
        expect([codeOf(call), String(call)]).toEqual(['LINK_REFUSED', String(call)])
        expect(call).toThrow(link)
      }
      expect(fs.readlinkSync(link)).toBe(isDangling ? NOWHERE : target)
      expect(fs.readFileSync(path.join(elsewhere, 'secret'), 'utf8')).toBe('secret')
      expect(everythingIn(elsewhere)).toEqual(['secret'])
    }
  })

  it('trusts its root, also one that is reached through a link', () => {
    const { root } = place()
    fs.mkdirSync(path.join(root, 'real'))
    fs.symlinkSync('real', path.join(root, 'link'))
    diskStorage.open(path.join(root, 'link')).write('x', 'one')
    expect(everythingIn(path.join(root, 'real'))).toEqual(['x'])
  })

  it('looks at a directory anew after a moment, and at once when it is listed', async () => {
    const { root, folder } = place()
    const elsewhere = temporaryDirectory()
    folder.write('a/x', 'one')
    fs.renameSync(path.join(root, 'a'), path.join(root, 'b'))
    fs.symlinkSync(elsewhere, path.join(root, 'a'))
    expect(codeOf(() => [...folder.in('a').names()])).toBe('LINK_REFUSED')
    expect(codeOf(() => folder.write('a/x', 'two'))).toBe('LINK_REFUSED')
    expect(everythingIn(elsewhere)).toEqual([])
  })

  it('makes private what is asked to be, and nothing around it', () => {
    const { root, folder } = place()
    const umask = process.umask(0o022)
    try {
      const secret = folder.in('shared/secret', { openTo: 'user' })
      secret.write('inner/file', '')
      secret.create('created', '')
      secret.append('log', '')
      secret.touch('time')
      secret.in('published', { openTo: 'all' }).fill('x', '')
      expect(modeOf(root, 'shared')).toBe('755')
      expect(modeOf(root, 'shared/secret')).toBe('700')
      expect(modeOf(root, 'shared/secret/inner')).toBe('700')
      for (const name of ['inner/file', 'created', 'log', 'time']) expect(modeOf(secret.path, name)).toBe('600')
      expect([modeOf(secret.path, 'published'), modeOf(secret.path, 'published/x')]).toEqual(['755', '644'])
    } finally {
      process.umask(umask)
    }
  })

  it('closes a private directory that is open to others when it is asked to make it', () => {
    const { root, folder } = place()
    fs.mkdirSync(path.join(root, 'keys'), { mode: 0o755 })
    const keys = folder.in('keys', { openTo: 'user' })
    keys.write('one', '')
    expect(modeOf(root, 'keys')).toBe('755')
    expect(keys.make()).toBe(false)
    expect(modeOf(root, 'keys')).toBe('700')
  })

  it('takes only what is known to be missing for missing, and names what failed', async () => {
    const { root, folder } = place()
    folder.write('file', '')
    expect(folder.read('file/below', 10)).toMatchObject({ isMissing: true })
    expect(folder.stat('file/below')).toBeNull()
    expect([...folder.in('nothing/below').names()]).toEqual([])
    for (const name of ['file', 'file/below']) {
      expect(() => [...folder.in(name).names()]).toThrow(`${path.join(root, 'file')}: is no directory`)
    }
    expect(codeOf(() => folder.write('file/below', ''))).toBe('FILE_FAILED')
    expect(() => folder.write('file/below', '')).toThrow(path.join(root, 'file'))
    const long = 'n'.repeat(300)
    for (const call of [() => folder.read(long, 10), () => folder.stat(long), () => folder.remove(long)]) {
      expect(codeOf(call)).toBe('FILE_FAILED')
      expect(call).toThrow(path.join(root, long))
    }
  })

  it('tells what is wrong with a file that was read', () => {
    const { root, folder } = place()
    folder.write('long', '12345')
    folder.write('bytes', Buffer.from([0xff]))
    fs.mkdirSync(path.join(root, 'directory'))
    runProgram('mkfifo', path.join(root, 'pipe'))
    const faultOf = (name: string) => (folder.read(name, 4) as { fault: string }).fault
    expect(faultOf('long')).toBe('is over 4 bytes')
    expect(faultOf('bytes')).toBe('is no valid UTF-8')
    expect(faultOf('directory')).toBe('is no regular file')
    expect(faultOf('pipe')).toBe('is no regular file')
  })

  it('updates a file only when it says something else', () => {
    const { folder } = place()
    expect(folder.update('x', 'one')).toEqual({ outcome: 'created', stats: folder.stat('x') })
    const before = folder.stat('x')
    expect(folder.update('x', 'one')).toEqual({ outcome: 'unchanged', stats: before })
    expect(folder.stat('x')?.ino).toBe(before?.ino)
    expect(folder.update('x', 'two')).toEqual({ outcome: 'replaced', stats: folder.stat('x') })
    expect(folder.read('x', 10)).toEqual({ text: 'two' })
  })

  it('creates a name once, also as a further name of a file that is kept', () => {
    const { folder } = place()
    expect([folder.create('a', 'one'), folder.create('a', 'two')]).toEqual([true, false])
    expect([folder.createLinked('b', 'own', 'mark'), folder.createLinked('b', 'own', 'mark')]).toEqual([true, false])
    expect(folder.createLinked('c', 'own', 'mark')).toBe(true)
    expect(folder.stat('own')?.nlink).toBe(3)
    expect([folder.read('a', 10), folder.read('b', 10)]).toEqual([{ text: 'one' }, { text: 'mark' }])
  })

  it('removes a file if it says what is meant, and puts it back if it has become another', () => {
    const { root, folder } = place()
    folder.write('a/x', 'mine')
    expect(folder.removeIf('a/x', 10, (text) => text === 'other')).toBe(false)
    expect(folder.removeIf('a/x', 10, () => true)).toBe(true)
    folder.write('a/x', 'mine')
    let looks = 0
    expect(folder.removeIf('a/x', 10, () => ++looks === 1)).toBe(false)
    expect(everythingIn(root)).toEqual(['a', 'a/x'])
    expect(folder.read('a/x', 10)).toEqual({ text: 'mine' })
  })

  it('takes in a filled folder under a name that is free, and removes what is left with all that it holds', () => {
    const { root, folder } = place()
    const filled = folder.in('aside/new')
    filled.fill('x', 'one')
    expect(folder.adopt('place', filled)).toBe(true)
    filled.fill('x', 'two')
    expect(folder.adopt('place', filled)).toBe(false)
    folder.removeAll('aside')
    expect(everythingIn(root)).toEqual(['place', 'place/x'])
    expect(folder.read('place/x', 10)).toEqual({ text: 'one' })
  })
})
