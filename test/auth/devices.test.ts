import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { loadIdentity } from '../../src/auth/identity-file.js'
import { invite } from '../../src/hub/invite.js'
import { revokeIdentity } from '../../src/hub/revoke-identity.js'
import { DEVICES_KEPT } from '../../src/hub/stores/identity-directory.js'
import { parseHubUrl } from '../../src/record/hub-url.js'
import { newKey, registerKey } from '../hub/key-proof.js'
import { watch } from '../hub/watch-reader.js'
import { cleanUp } from '../support/clean-up.js'
import { createMachine } from '../support/machine.js'
import { reservation } from '../support/records.js'
import { documentOf, runCli } from '../support/run-cli.js'
import { createSigner, type Signer, type StartedHub, startHub } from '../support/start-hub.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

interface Place {
  readonly root: string
  readonly env: Readonly<Record<string, string>>
}

/** A machine that nobody has done anything on. */
function newMachine(): Place {
  const place = temporaryDirectory()
  const [home, root] = [path.join(place, 'home'), path.join(place, 'repo')]
  for (const directory of [home, root]) fs.mkdirSync(directory)
  return { root, env: { HOME: home, PATH: process.env.PATH ?? '' } }
}

async function told(place: Place, ...words: string[]) {
  const ended = await runCli(place, [...words, '--json'])
  return { ...documentOf(ended), exitCode: ended.exitCode } as Record<string, unknown>
}

/** A hub that registers by invitation alone, gabriel's first machine, and a line for another one. */
async function first() {
  const hub = await startHub({ registration: 'closed' })
  cleanUp(() => hub.close())
  const desk = await createMachine({ hub: hub.url, signer: await hub.register('gabriel') })
  desk.write(reservation('of-desk'))
  await desk.push()
  const line = async (...flags: string[]) => {
    const { line, handle } = await told(desk, 'space', 'invite', '--device', ...flags)
    expect(handle).toBe('gabriel')
    return (line as string).replace(/^muse-coord join /, '')
  }
  return { hub, desk, line }
}

async function keysAt(place: Place) {
  const { keys } = await told(place, 'auth', 'keys')
  return keys as { fingerprint: string; label: string; added_at: string | null; signs_this: boolean }[]
}

/** Signs requests as the machine does. */
function signerOf(hub: StartedHub, { env }: Place): Signer {
  const identity = loadIdentity(env, parseHubUrl(hub.url))
  if (identity === null) throw new Error('nobody signs there')
  const { handle, fingerprint, privateKey, type } = identity
  return createSigner(hub.url, hub.clock, { handle, fingerprint, publicKey: '', type }, privateKey)
}

describe('a second machine of one person', () => {
  it('joins by one line, under the same handle, by a key of its own', async () => {
    const { hub, desk, line } = await first()
    const laptop = newMachine()
    expect(await told(laptop, 'join', await line())).toMatchObject({ exitCode: 0, handle: 'gabriel', pulled: 1 })
    const [one, other, ...more] = await keysAt(laptop)
    expect(more).toEqual([])
    expect(one).toMatchObject({ label: '', added_at: null, signs_this: false })
    expect(other).toMatchObject({ label: expect.stringMatching(/./), signs_this: true })
    expect(loadIdentity(laptop.env, parseHubUrl(hub.url))?.fingerprint).toBe(other?.fingerprint)
    expect(loadIdentity(desk.env, parseHubUrl(hub.url))?.fingerprint).toBe(one?.fingerprint)
    for (const [place, name] of [
      [laptop, 'b.ts'],
      [desk, 'c.ts'],
    ] as const) {
      expect(await told(place, 'reserve', name, '--run-id', `run-${name[0]}`)).toMatchObject({ exitCode: 0 })
      expect(await told(place, 'sync', 'push')).toMatchObject({ exitCode: 0, inserted: 1, failed: false })
    }
    await desk.pull()
    const space = await hub.store.findSpace('gabriel', 'muse')
    const { records } = await hub.store.since(space as NonNullable<typeof space>, { sinceId: 0, limit: 10, kinds: [] })
    expect(records.map(({ author }) => author)).toEqual(['gabriel', 'gabriel', 'gabriel'])
    const text = await runCli(laptop, ['auth', 'keys'])
    expect(text.stdout).toMatch(/MACHINE.*SINCE.*FINGERPRINT\n.*with the handle.*\n\* /)
  })

  it('is let in once by a line, and by none that is for another handle, has lapsed or was made up', async () => {
    const { hub, desk, line } = await first()
    const once = await line()
    expect(await told(newMachine(), 'join', once, '--handle', 'ada')).toMatchObject({ exitCode: 1 })
    expect(await told(newMachine(), 'join', once.replace('gabriel@', 'ada@'))).toMatchObject({ exitCode: 1 })
    expect(await hub.store.findIdentity('ada')).toBeNull()
    expect(await told(newMachine(), 'join', once)).toMatchObject({ exitCode: 0 })
    const late = newMachine()
    expect(await told(late, 'join', once)).toMatchObject({ exitCode: 1 })
    expect(await told(late, 'join', `${once.slice(0, -4)}AAAA`)).toMatchObject({ exitCode: 1 })
    expect(await keysAt(desk)).toHaveLength(2)
    expect(await told(desk, 'space', 'invite', '--device', '--uses', '2')).toMatchObject({ exitCode: 1 })
    expect(await told(desk, 'space', 'invite', '--device', '--slug', 'nothing')).toMatchObject({ exitCode: 1 })
    const { code } = await invite(hub.store, { handle: 'gabriel', expiresAt: Date.now() - 1, isDevice: true })
    expect((await registerKey(hub.url, 'gabriel', newKey(), { invite: code })).status).toBe(403)
    const others = await invite(hub.store, { handle: 'gabriel', expiresAt: Date.now() + 60_000 })
    expect((await registerKey(hub.url, 'gabriel', newKey(), { invite: others.code })).status).toBe(409)
  })

  it('rotates its own key, and the other one signs on', async () => {
    const { desk, line } = await first()
    const laptop = newMachine()
    await told(laptop, 'join', await line())
    const [one, before] = await keysAt(laptop)
    expect(await told(laptop, 'auth', 'rotate')).toMatchObject({
      exitCode: 0,
      replaced_fingerprint: before?.fingerprint,
    })
    const after = await keysAt(laptop)
    expect(after).toMatchObject([{ fingerprint: one?.fingerprint }, { label: before?.label, signs_this: true }])
    expect(after[1]?.fingerprint).not.toBe(before?.fingerprint)
    expect(await told(desk, 'auth', 'register')).toMatchObject({ exitCode: 0 })
    expect(await told(laptop, 'auth', 'register')).toMatchObject({ exitCode: 0 })
    expect(await keysAt(desk)).toHaveLength(2)
  })

  it('may be one of so many, and a line that is one too many is not used up', async () => {
    const { hub, desk, line } = await first()
    for (let n = 0; n < DEVICES_KEPT; n++) {
      const key = {
        fingerprint: `sha256:${String(n).padStart(64, '0')}`,
        publicKey: '',
        label: `m${n}`,
        addedAt: n + 1,
      }
      await hub.store.addDevice('gabriel', key)
    }
    const text = await line()
    const laptop = newMachine()
    expect(await told(laptop, 'join', text)).toMatchObject({
      exitCode: 1,
      error: expect.stringContaining(`${DEVICES_KEPT} keys`),
    })
    expect(await told(desk, 'auth', 'revoke', 'm3', '--yes')).toMatchObject({ exitCode: 0 })
    // What ends a key ends the lines that were made before it: whoever had that key may have made them.
    expect(await told(laptop, 'join', text)).toMatchObject({ exitCode: 1 })
    expect(await told(laptop, 'join', await line())).toMatchObject({ exitCode: 0 })
  })
})

describe('a machine that is given away', () => {
  it('signs nothing more, and its streams end; the other one goes on', async () => {
    const { hub, desk, line } = await first()
    const laptop = newMachine()
    await told(laptop, 'join', await line())
    const [lost, kept] = [signerOf(hub, laptop), signerOf(hub, desk)]
    const leaving = await watch(lost, '/gabriel/muse/coord/watch')
    const staying = await watch(kept, '/gabriel/muse/coord/watch')
    await leaving.until(/id: 1\n/)
    const [, gone] = await keysAt(desk)
    const letters = gone?.fingerprint.slice('sha256:'.length, 'sha256:'.length + 8) as string
    expect(await told(desk, 'auth', 'revoke', letters)).toMatchObject({ exitCode: 1 })
    expect(await told(desk, 'auth', 'revoke', letters, '--yes')).toMatchObject({
      ...{ exitCode: 0, handle: 'gabriel', revoked_fingerprint: gone?.fingerprint },
    })
    await leaving.rest()
    expect((await lost.fetch('/api/auth/keys')).status).toBe(401)
    expect(await told(laptop, 'sync', 'pull')).toMatchObject({ exitCode: 1 })
    expect(await told(laptop, 'auth', 'register')).toMatchObject({ exitCode: 1 })
    desk.write(reservation('later'))
    await desk.push()
    await staying.until(/id: 2\n/)
    staying.close()
    const { entries } = await told(desk, 'space', 'log')
    expect((entries as { action: string; detail: string }[]).slice(0, 2)).toMatchObject([
      { action: 'key_revoked', detail: gone?.fingerprint },
      { action: 'key_added', detail: gone?.fingerprint },
    ])
  })

  it('can be the first one', async () => {
    const { desk, line } = await first()
    const laptop = newMachine()
    await told(laptop, 'join', await line())
    expect(await told(desk, 'auth', 'revoke', '--yes')).toMatchObject({ exitCode: 0 })
    expect(await told(desk, 'sync', 'pull')).toMatchObject({ exitCode: 1 })
    expect(await told(laptop, 'sync', 'pull')).toMatchObject({ exitCode: 0 })
    expect(await keysAt(laptop)).toMatchObject([{ signs_this: true }])
  })

  it('is named by what one key alone is called', async () => {
    const { hub, desk } = await first()
    for (const n of [1, 2]) {
      const key = { fingerprint: `sha256:${'a'.repeat(63)}${n}`, publicKey: '', label: 'twin', addedAt: n }
      await hub.store.addDevice('gabriel', key)
    }
    for (const [which, error] of [
      ['twin', '2 keys'],
      ['a'.repeat(20), '2 keys'],
      ['aaaaaaa', 'No key'],
      ['nobody', 'No key'],
    ] as const) {
      expect(await told(desk, 'auth', 'revoke', which, '--yes')).toMatchObject({
        ...{ exitCode: 4, error: expect.stringContaining(error) },
      })
    }
    expect(await keysAt(desk)).toHaveLength(3)
  })

  it('goes with all others when the operator of the hub revokes the handle', async () => {
    const { hub, desk, line } = await first()
    const laptop = newMachine()
    const unused = await line()
    await told(laptop, 'join', await line())
    expect(await revokeIdentity(hub.store, 'gabriel')).toHaveLength(2)
    for (const place of [laptop, desk]) expect(await told(place, 'sync', 'pull')).toMatchObject({ exitCode: 1 })
    expect(await told(newMachine(), 'join', unused)).toMatchObject({ exitCode: 1 })
    await expect(revokeIdentity(hub.store, 'gabriel')).rejects.toMatchObject({ code: 'NO_SUCH_THING' })
  })
})
