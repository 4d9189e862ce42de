import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { loadIdentity } from '../../src/auth/identity-file.js'
import { keygen } from '../../src/auth/keygen.js'
import { pinOf, writePins } from '../../src/auth/pins.js'
import { followLinks } from '../../src/files/follow-links.js'
import { parseHubUrl } from '../../src/record/hub-url.js'
import { childModule } from '../support/child-module.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

const HUB = parseHubUrl('http://127.0.0.1:1337')
const REQUEST = { hub: HUB, handle: 'ada', type: 'agent', force: false } as const
const SOMEBODY = 65534
const isRoot = process.getuid?.() === 0
const itAsRoot = isRoot ? it : it.skip
const describeWithOwners = process.platform === 'win32' ? describe.skip : describe

/** A home with an identity of which a part was moved to another directory, with a link in its place. */
function linked(name: '.muse' | '.muse/keys' | '.muse/identity.toml' | 'key') {
  const HOME = temporaryDirectory()
  const { keyPath } = keygen({ HOME }, REQUEST)
  const place = name === 'key' ? keyPath : path.join(HOME, name)
  const elsewhere = temporaryDirectory()
  const target = path.join(elsewhere, path.basename(place))
  fs.renameSync(place, target)
  fs.symlinkSync(target, place)
  return { env: { HOME }, place, elsewhere, target }
}

function problemOf(env: { HOME: string }): string {
  try {
    return `loaded ${loadIdentity(env, HUB)?.handle}`
  } catch (error) {
    return `${(error as { code: string }).code} ${(error as Error).message}`
  }
}

const mode = (file: string) => (fs.statSync(file).mode & 0o777).toString(8)

describeWithOwners('an identity that links lead to', () => {
  it.each(['.muse', '.muse/keys', '.muse/identity.toml', 'key'] as const)('is read where %s is one', (name) => {
    const { env } = linked(name)
    expect(problemOf(env)).toBe('loaded ada')
  })

  it.each(['.muse', '.muse/keys', '.muse/identity.toml'] as const)(
    'is written where %s is one, which stays',
    (name) => {
      const { env, place, target } = linked(name)
      const request = { ...REQUEST, hub: parseHubUrl('https://other.example'), isOwnKey: true }
      const { keyPath } = keygen(env, request)
      expect(fs.readlinkSync(place)).toBe(target)
      expect(loadIdentity(env, request.hub)).toMatchObject({ handle: 'ada', keyPath })
      const files = [keyPath, path.join(env.HOME, '.muse/identity.toml')]
      expect(files.map(mode)).toEqual(['600', '600'])
      expect(files.map((file) => mode(path.dirname(fs.realpathSync(file))))).toEqual(['700', '700'])
    },
  )

  it('is found in a home directory that was moved, with the directory of its keys linked', () => {
    const { env } = linked('.muse/keys')
    const { keyPath } = keygen(env, { ...REQUEST, force: true })
    expect(keyPath.startsWith(env.HOME)).toBe(true)
    const moved = path.join(temporaryDirectory(), 'moved')
    fs.renameSync(env.HOME, moved)
    expect(problemOf({ HOME: moved })).toBe('loaded ada')
    fs.renameSync(moved, env.HOME)
  })

  it('has its pins written through a link too', () => {
    const { env, target } = linked('.muse')
    writePins(env, ['hub.example'], 'A'.repeat(43))
    expect(pinOf(env, { host: 'hub.example' })).toBe('A'.repeat(43))
    expect(fs.existsSync(path.join(target, 'pins.toml'))).toBe(true)
  })

  it('is read from a volume of secrets, whose files change by one link', () => {
    const { env, place, elsewhere, target } = linked('.muse/identity.toml')
    const round = (name: string) => {
      fs.mkdirSync(path.join(elsewhere, name))
      fs.writeFileSync(path.join(elsewhere, name, 'identity.toml'), fs.readFileSync(target), { mode: 0o400 })
      fs.symlinkSync(name, path.join(elsewhere, 'new'))
      fs.renameSync(path.join(elsewhere, 'new'), path.join(elsewhere, '..data'))
    }
    round('..2026_1')
    fs.symlinkSync('..data/identity.toml', path.join(elsewhere, 'given.toml'))
    fs.unlinkSync(place)
    fs.symlinkSync(path.join(elsewhere, 'given.toml'), place)
    // As such volumes are.
    fs.chmodSync(elsewhere, 0o1777)
    expect(problemOf(env)).toBe('loaded ada')
    round('..2026_2')
    fs.rmSync(path.join(elsewhere, '..2026_1'), { recursive: true })
    expect(problemOf(env)).toBe('loaded ada')
  })

  it('is refused where everybody could have put another one in its place', () => {
    const { env, elsewhere } = linked('.muse/identity.toml')
    fs.chmodSync(elsewhere, 0o777)
    expect(problemOf(env)).toBe(
      `IDENTITY_INVALID ${env.HOME}/.muse/identity.toml: it leads through ${elsewhere}, which can be written by everybody.`,
    )
  })

  it('is refused where its key is open to others, behind the link too', () => {
    const { env, target } = linked('key')
    fs.chmodSync(target, 0o644)
    expect(problemOf(env)).toContain(`(mode 644); run: chmod 600 ${target}`)
  })

  it('is no missing one where the link leads to nothing, or for ever round', () => {
    const { env, place, target } = linked('.muse/identity.toml')
    fs.rmSync(target)
    expect(problemOf(env)).toMatch(/^IDENTITY_INVALID .* leads to .*, which is missing/)
    fs.symlinkSync(place, target)
    expect(problemOf(env)).toMatch(/^IDENTITY_INVALID .* more than 40 links/)
  })

  itAsRoot.each([
    ['the link', (_: string, place: string) => fs.lchownSync(place, SOMEBODY, SOMEBODY)],
    ['the directory that it leads to', (elsewhere: string) => fs.chownSync(elsewhere, SOMEBODY, SOMEBODY)],
    ['the file', (_: string, __: string, target: string) => fs.chownSync(target, SOMEBODY, SOMEBODY)],
  ])('is refused where %s belongs to somebody else, who is named', (_, give) => {
    for (const name of ['.muse/identity.toml', '.muse/keys', 'key'] as const) {
      const { env, place, elsewhere, target } = linked(name)
      give(elsewhere, place, target)
      expect(problemOf(env)).toMatch(/^IDENTITY_INVALID .* it leads through \S+, which belongs to the user 65534\.$/)
      // A new key is written beside the old one, which nobody reads then.
      if (name !== 'key') expect(() => keygen(env, { ...REQUEST, force: true })).toThrow('belongs to the user 65534')
    }
  })

  itAsRoot('is read by the group that root has given it to, and by nobody whom others are beside', async () => {
    const HOME = temporaryDirectory()
    const { keyPath } = keygen({ HOME }, REQUEST)
    const volume = temporaryDirectory()
    const files = ['identity.toml', 'key.pem'].map((name) => path.join(volume, name))
    fs.copyFileSync(path.join(HOME, '.muse/identity.toml'), files[0] as string)
    fs.copyFileSync(keyPath, files[1] as string)
    for (const file of files) {
      fs.chownSync(file, 0, SOMEBODY)
      fs.chmodSync(file, 0o440)
    }
    for (const [name, target] of [
      ['.muse/identity.toml', files[0]],
      [path.relative(HOME, keyPath), files[1]],
    ]) {
      fs.unlinkSync(path.join(HOME, name as string))
      fs.symlinkSync(target as string, path.join(HOME, name as string))
    }
    for (const directory of [HOME, path.join(HOME, '.muse'), path.join(HOME, '.muse/keys')]) {
      fs.chownSync(directory, SOMEBODY, SOMEBODY)
    }
    fs.chmodSync(volume, 0o1777)
    const child = await childModule(`
      import { loadIdentity } from 'src/auth/identity-file.js'
      import { parseHubUrl } from 'src/record/hub-url.js'
      let answer
      try { answer = loadIdentity({ HOME: process.argv[2] }, parseHubUrl('http://127.0.0.1:1337')).handle }
      catch (error) { answer = error.message }
      process.stdout.write(JSON.stringify(answer))
    `)
    const ask = () => child.run({ args: [HOME], uid: SOMEBODY })
    const given = await ask()
    fs.chmodSync(files[1] as string, 0o444)
    const open = await ask()
    child.remove()
    expect([given, open]).toEqual(['ada', expect.stringContaining('is open to others (mode 444)')])
  })
})

describeWithOwners('followLinks', () => {
  it('judges nothing where there is no link, and everything from the first one on', () => {
    const root = temporaryDirectory()
    fs.mkdirSync(path.join(root, 'a/b'), { recursive: true })
    fs.writeFileSync(path.join(root, 'a/b/file'), '')
    fs.symlinkSync('a/../a/./b', path.join(root, 'link'))
    const [plain, linkedFile] = [path.join(root, 'a/b/file'), path.join(root, 'link/file')]
    const users = [process.getuid?.() as number, 0]
    expect(followLinks(root, plain, [12345])).toEqual({ path: plain, isLinked: false })
    expect(followLinks(root, linkedFile, users)).toEqual({ path: plain, isLinked: true })
    expect(followLinks(root, linkedFile, [12345])).toMatchObject({
      fault: expect.stringContaining('belongs to the user'),
    })
    expect(followLinks(root, linkedFile, null)).toMatchObject({ fault: expect.stringContaining('not followed here') })
    expect(followLinks(root, path.join(root, 'none/file'), users)).toEqual({
      path: path.join(root, 'none/file'),
      isLinked: false,
    })
  })
})
