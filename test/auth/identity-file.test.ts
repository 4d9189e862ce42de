import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { parse } from 'smol-toml'
import { identityHosts } from '../../src/auth/identity-entries.js'
import { loadIdentity } from '../../src/auth/identity-file.js'
import { keygen } from '../../src/auth/keygen.js'
import { fingerprint, rawPublicKey } from '../../src/auth/public-key.js'
import { parseHubUrl } from '../../src/record/hub-url.js'
import { changeKnownWorkspace, knownWorkspace } from '../../src/workspace/known-workspaces.js'
import { childModule } from '../support/child-module.js'
import { temporaryDirectory } from '../support/temporary-directory.js'
import { codeOf, everythingIn } from '../workspace/temporary-repo.js'

const HUB = parseHubUrl('http://127.0.0.1:1337')
const REQUEST = { hub: HUB, handle: 'gabriel', type: 'agent', force: false } as const

function mode(file: string): string {
  return (fs.statSync(file).mode & 0o777).toString(8)
}

/** A home with one identity, and the paths of its files. */
function home() {
  const HOME = temporaryDirectory()
  const entry = keygen({ HOME }, REQUEST)
  return {
    env: { HOME },
    entry,
    file: path.join(HOME, '.muse', 'identity.toml'),
    keys: path.join(HOME, '.muse', 'keys'),
  }
}

describe('keygen', () => {
  it('makes a key and an identity that loads', () => {
    const { env, entry, file } = home()
    const identity = loadIdentity(env, HUB)
    expect(identity).toMatchObject({ host: '127.0.0.1:1337', handle: 'gabriel', type: 'agent', keyPath: entry.keyPath })
    expect(identity && fingerprint(rawPublicKey(identity.privateKey))).toBe(entry.fingerprint)
    expect(parse(fs.readFileSync(file, 'utf8'))).toEqual({
      '127.0.0.1:1337': {
        type: 'agent',
        handle: 'gabriel',
        algorithm: 'ed25519',
        fingerprint: entry.fingerprint,
        key_path: `keys/${path.basename(entry.keyPath)}`,
      },
    })
  })

  it('makes an identity that goes on in a home directory that was moved', () => {
    const { env, entry } = home()
    const moved = path.join(temporaryDirectory(), 'moved')
    fs.renameSync(env.HOME, moved)
    expect(loadIdentity({ HOME: moved }, HUB)).toMatchObject({ fingerprint: entry.fingerprint })
    fs.renameSync(moved, env.HOME)
  })

  it('keeps everything from others, whatever the umask and however open the directories were', () => {
    const HOME = temporaryDirectory()
    fs.mkdirSync(path.join(HOME, '.muse', 'keys'), { recursive: true, mode: 0o777 })
    const before = process.umask(0)
    try {
      const { keyPath } = keygen({ HOME }, REQUEST)
      const paths = ['.muse', '.muse/keys', '.muse/identity.toml', path.relative(HOME, keyPath)]
      expect(paths.map((name) => mode(path.join(HOME, name)))).toEqual(['700', '700', '600', '600'])
    } finally {
      process.umask(before)
    }
  })

  it('writes a PKCS#8 PEM and nothing else into the keys', () => {
    const { entry, keys } = home()
    expect(fs.readdirSync(keys)).toEqual([path.basename(entry.keyPath)])
    expect(fs.readFileSync(entry.keyPath, 'utf8')).toMatch(/^-----BEGIN PRIVATE KEY-----\n/)
    expect(createPrivateKey(fs.readFileSync(entry.keyPath)).asymmetricKeyType).toBe('ed25519')
  })

  it('does not replace an identity unless it is forced to, and then keeps the old key', () => {
    const { env, entry, file, keys } = home()
    const before = everythingIn(env.HOME)
    expect(() => keygen(env, { ...REQUEST, handle: 'other' })).toThrow('127.0.0.1:1337 already: "gabriel"')
    expect(everythingIn(env.HOME)).toEqual(before)
    const replaced = keygen(env, { ...REQUEST, handle: 'other', force: true })
    expect(loadIdentity(env, HUB)).toMatchObject({ handle: 'other', fingerprint: replaced.fingerprint })
    expect(fs.readdirSync(keys).sort()).toEqual([entry, replaced].map(({ keyPath }) => path.basename(keyPath)).sort())
    expect(mode(file)).toBe('600')
  })

  it('keeps the identities of other hubs, and what others wrote into the file', () => {
    const { env, file } = home()
    fs.appendFileSync(file, '\n# by hand\n["staging.musehub.ai"]\nkind = "of another program"\n')
    keygen(env, { ...REQUEST, hub: parseHubUrl('https://Hub.example.com'), handle: 'two' })
    expect(identityHosts(env)).toEqual(['127.0.0.1:1337', 'staging.musehub.ai', 'hub.example.com'])
    expect(fs.readFileSync(file, 'utf8')).toContain('# by hand')
    expect(loadIdentity(env, parseHubUrl('https://hub.example.com:443'))).toMatchObject({ handle: 'two' })
    expect(loadIdentity(env, parseHubUrl('http://hub.example.com:443'))).toBeNull()
  })

  it('needs a home', () => {
    expect(codeOf(() => keygen({}, REQUEST))).toBe('HOME_UNKNOWN')
  })

  it('loses no identity when several are made at once, and lets one win for one hub', async () => {
    const HOME = temporaryDirectory()
    const child = await childModule(`
      import { keygen } from 'src/auth/keygen.js'
      import { parseHubUrl } from 'src/record/hub-url.js'
      const [HOME, hub, handle] = process.argv.slice(2)
      let answer
      try { answer = keygen({ HOME }, { hub: parseHubUrl(hub), handle, type: 'agent', force: false, isOwnKey: true }).host }
      catch (error) { answer = error.code }
      process.stdout.write(JSON.stringify(answer))
    `)
    const runs = [1, 2, 3, 3, 3].map((port, index) =>
      child.run({ args: [HOME, `http://127.0.0.1:${port}`, `h${index}`] }),
    )
    const answers = await Promise.all(runs)
    child.remove()
    expect(answers.slice(0, 2)).toEqual(['127.0.0.1:1', '127.0.0.1:2'])
    expect(answers.slice(2).sort()).toEqual(['127.0.0.1:3', 'IDENTITY_EXISTS', 'IDENTITY_EXISTS'])
    for (const port of [1, 2, 3]) expect(loadIdentity({ HOME }, parseHubUrl(`http://127.0.0.1:${port}`))).not.toBeNull()
    expect(fs.readdirSync(path.join(HOME, '.muse', 'keys'))).toHaveLength(3)
  })
})

describe('loadIdentity', () => {
  it('finds nobody where there is no home, no file or no section', () => {
    expect(loadIdentity({}, HUB)).toBeNull()
    expect(loadIdentity({ HOME: temporaryDirectory() }, HUB)).toBeNull()
    expect(loadIdentity(home().env, parseHubUrl('http://127.0.0.1:1338'))).toBeNull()
  })

  it('reads a section that another program wrote: host in capitals, key path from the home', () => {
    const { env, entry, file } = home()
    const text = fs.readFileSync(file, 'utf8')
    fs.writeFileSync(file, text.replaceAll(env.HOME, '~').replace('127.0.0.1:1337', 'Hub.Example.com'))
    expect(loadIdentity(env, parseHubUrl('https://hub.example.com'))).toMatchObject({ keyPath: entry.keyPath })
  })

  it.each([
    ['handle = "gabriel"', 'handle = "a b"', 'handle must be'],
    ['handle = "gabriel"', 'handle = 7', 'handle must be'],
    ['type = "agent"', 'type = "robot"', 'type must be "human" or "agent", got "robot"'],
    ['algorithm = "ed25519"', 'algorithm = "rsa"', 'algorithm must be "ed25519"'],
    ['fingerprint = "sha256:', 'fingerprint = "md5:', 'fingerprint must be sha256:'],
    [/fingerprint = ".*"/, `fingerprint = "sha256:${'0'.repeat(64)}"`, 'another fingerprint'],
    [/key_path = ".*"/, 'key_path = ""', 'key_path must be a path'],
    [/key_path = ".*"/, 'key_path = "keys/missing.pem"', 'the key file is missing'],
    [/^\[.*\]/, '["127.0.0.1:1337"', 'line 1, column '],
    [/[\s\S]*/, '"127.0.0.1:1337" = 3', 'must be a section'],
    [/[\s\S]*/, `# ${'x'.repeat(1024 * 1024)}`, 'is over 1024 KiB'],
  ])('never takes a broken identity for none: %s → %s', (find, replacement, sentence) => {
    const { env, file } = home()
    fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace(find, replacement))
    expect(() => loadIdentity(env, HUB)).toThrow(sentence)
    expect(codeOf(() => loadIdentity(env, HUB))).toBe('IDENTITY_INVALID')
  })

  it('lets a broken section of one hub spoil no other', () => {
    const { env, file } = home()
    fs.appendFileSync(file, '\n["other.example.com"]\nhandle = 7\n')
    expect(loadIdentity(env, HUB)).toMatchObject({ handle: 'gabriel' })
    expect(codeOf(() => loadIdentity(env, parseHubUrl('https://other.example.com')))).toBe('IDENTITY_INVALID')
  })

  it('refuses a key that others can read, and says the cure', () => {
    const { env, entry, keys } = home()
    fs.chmodSync(entry.keyPath, 0o640)
    expect(() => loadIdentity(env, HUB)).toThrow(`(mode 640); run: chmod 600 ${entry.keyPath}`)
    fs.chmodSync(entry.keyPath, 0o600)
    fs.chmodSync(keys, 0o755)
    expect(() => loadIdentity(env, HUB)).toThrow(`chmod 700 ${keys}`)
    fs.chmodSync(keys, 0o700)
    expect(loadIdentity(env, HUB)).not.toBeNull()
  })

  it('refuses one in whose place everybody can put another', () => {
    const { env, file } = home()
    const muse = path.dirname(file)
    fs.chmodSync(muse, 0o777)
    expect(() => loadIdentity(env, HUB)).toThrow(`(mode 777); run: chmod 700 ${muse}`)
    expect(() => knownWorkspace(env, '/a')).not.toThrow()
    changeKnownWorkspace(env, '/a', { hub: '' })
    fs.chmodSync(muse, 0o1777)
    expect(() => knownWorkspace(env, '/a')).toThrow(`chmod 700 ${muse}`)
  })

  it('refuses an identity file that others can write', () => {
    const { env, file } = home()
    fs.chmodSync(file, 0o666)
    expect(() => loadIdentity(env, HUB)).toThrow(`chmod 600 ${file}`)
  })

  it.each([
    ['', 'no PEM of a private key'],
    ['-----BEGIN PRIVATE KEY-----\nSECRETSECRET\n-----END PRIVATE KEY-----\n', 'no PEM of a private key'],
    [
      generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'pem', type: 'pkcs8' }),
      'of type ec',
    ],
    ['x'.repeat(20_000), 'is over 16 KiB'],
  ])('refuses a key file that holds something else, and prints none of it', (content, sentence) => {
    const { env, entry } = home()
    fs.writeFileSync(entry.keyPath, content)
    expect(() => loadIdentity(env, HUB)).toThrow(sentence)
    expect(() => loadIdentity(env, HUB)).toThrow(/^(?![\s\S]*(SECRET|BEGIN|MII|xxx))/)
  })

  it('says of files without permission that they cannot be read', async () => {
    const HOME = temporaryDirectory()
    const child = await childModule(`
      import fs from 'node:fs'
      import { loadIdentity } from 'src/auth/identity-file.js'
      import { keygen } from 'src/auth/keygen.js'
      import { parseHubUrl } from 'src/record/hub-url.js'
      const hub = parseHubUrl('http://127.0.0.1:1337')
      const env = { HOME: process.argv[2] }
      const { keyPath } = keygen(env, { hub, handle: 'g', type: 'agent', force: false })
      const answers = [keyPath, env.HOME + '/.muse/identity.toml'].map((file) => {
        fs.chmodSync(file, 0)
        try { return loadIdentity(env, hub) } catch (error) { return error.code + ' ' + error.message }
      })
      process.stdout.write(JSON.stringify(answers))
    `)
    // Nothing is hidden from root, so it is tried by nobody.
    const isRoot = process.getuid?.() === 0
    if (isRoot) fs.chownSync(HOME, 65534, 65534)
    const answers = await child.run({ args: [HOME], ...(isRoot ? { uid: 65534 } : {}) })
    child.remove()
    expect(answers).toEqual([
      expect.stringMatching(/^FILE_FAILED .*EACCES/),
      expect.stringMatching(/^FILE_FAILED .*EACCES/),
    ])
  })
})
