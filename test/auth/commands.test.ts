import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { authKeygen } from '../../src/commands/auth/keygen.js'
import { authWhoami } from '../../src/commands/auth/whoami.js'
import { callOf } from '../support/command-call.js'
import { temporaryDirectory } from '../support/temporary-directory.js'
import { everythingIn } from '../workspace/temporary-repo.js'

const hub = 'http://127.0.0.1:1337'

function place() {
  const HOME = temporaryDirectory()
  return { directory: HOME, env: { HOME } }
}

describe('auth keygen', () => {
  it('returns the identity it made, without the key', async () => {
    const at = place()
    const { result, text } = await authKeygen.run(callOf({ hub, handle: '007', type: 'human' }, at))
    expect(result).toEqual({
      host: '127.0.0.1:1337',
      handle: '007',
      type: 'human',
      fingerprint: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      keyPath: expect.stringContaining(path.join(at.env.HOME, '.muse', 'keys')),
      isNewKey: true,
    })
    const { keyPath } = result as { keyPath: string }
    const secret = fs.readFileSync(keyPath, 'utf8').split('\n')[1] as string
    expect(JSON.stringify(result) + text).not.toContain(secret)
    expect(text).toContain(`muse-coord auth register --hub ${hub}`)
  })

  it.each([
    [{ hub }, 'FLAG_MISSING'],
    [{ hub, handle: 'a/b' }, 'NAME_INVALID'],
    [{ hub, handle: 'g', type: 'robot' }, 'FLAG_VALUE'],
    [{ handle: 'g' }, 'HUB_URL_MISSING'],
    [{ handle: 'g', hub: 'ftp://x' }, 'HUB_URL_INVALID'],
  ])('refuses %j before it makes anything', async (flags, code) => {
    const at = place()
    await expect(authKeygen.run(callOf(flags, at))).rejects.toMatchObject({ code })
    expect(everythingIn(at.env.HOME)).toEqual([])
  })

  it('replaces an identity only with --force', async () => {
    const at = place()
    await authKeygen.run(callOf({ hub, handle: 'one' }, at))
    await expect(authKeygen.run(callOf({ hub, handle: 'two' }, at))).rejects.toMatchObject({ code: 'IDENTITY_EXISTS' })
    await authKeygen.run(callOf({ hub, handle: 'two', force: true }, at))
    expect((await authWhoami.run(callOf({ hub }, at))).result).toMatchObject({ handle: 'two', type: 'agent' })
  })
})

describe('auth whoami', () => {
  it('shows who signs at a hub', async () => {
    const at = place()
    const made = await authKeygen.run(callOf({ hub, handle: 'gabriel' }, at))
    const { result, text } = await authWhoami.run(callOf({ hub: `${hub}/` }, at))
    expect({ ...result, isNewKey: true }).toEqual(made.result)
    expect(text).toContain('gabriel (agent) at 127.0.0.1:1337')
  })

  it('takes the hub from the environment as every other command does', async () => {
    const { directory, env } = place()
    await authKeygen.run(callOf({ handle: 'gabriel' }, { directory, env: { ...env, MUSE_COORD_HUB: hub } }))
    const { result } = await authWhoami.run(callOf({}, { directory, env: { ...env, MUSE_COORD_HUB: hub } }))
    expect(result).toMatchObject({ handle: 'gabriel' })
  })

  it('fails where there is no identity for the hub', async () => {
    await expect(authWhoami.run(callOf({ hub }, place()))).rejects.toMatchObject({ code: 'NO_IDENTITY' })
  })

  it('lists the identities of all hubs, and says which cannot be used', async () => {
    const at = place()
    expect((await authWhoami.run(callOf({}, at))).result).toEqual({ identities: [] })
    await authKeygen.run(callOf({ hub, handle: 'one' }, at))
    const other = await authKeygen.run(callOf({ hub: 'https://hub.example.com', handle: 'two', 'own-key': true }, at))
    fs.rmSync((other.result as { keyPath: string }).keyPath)
    const { result, text } = await authWhoami.run(callOf({}, at))
    expect(result).toEqual({
      identities: [
        expect.objectContaining({ host: '127.0.0.1:1337', handle: 'one', problem: null }),
        { host: 'hub.example.com', problem: expect.stringContaining('is missing') },
      ],
    })
    expect(text).toContain('127.0.0.1:1337')
  })
})
