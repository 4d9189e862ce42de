import fs from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { hubPinOf } from '../../src/auth/hub-pins.js'
import { openStore } from '../../src/hub/stores/open-store.js'
import { join, register, rotateKey, trustHub } from '../../src/index.js'
import { parseHubUrl } from '../../src/record/hub-url.js'
import { HUB_FIELDS } from '../../src/record/protocol.js'
import { connect } from '../../src/workspace/connect.js'
import { inviteToSpace } from '../../src/workspace/space.js'
import { cleanUp } from '../support/clean-up.js'
import { answer, type FaultyHub, startFaultyHub } from '../support/faulty-hub.js'
import { createMachine, type Machine } from '../support/machine.js'
import { heartbeat, reservation } from '../support/records.js'
import { type StartedHub, type StartOptions, startHub } from '../support/start-hub.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

async function hubAt(options: StartOptions = {}): Promise<StartedHub> {
  const hub = await startHub(options)
  cleanUp(() => hub.close())
  return hub
}

/** Another hub, from nothing, where one was. */
async function anotherInPlaceOf(hub: StartedHub): Promise<StartedHub> {
  await hub.close()
  return hubAt({ port: portOf(hub) })
}

function portOf({ url }: { readonly url: string }): number {
  return Number(new URL(url).port)
}

/** A machine that has pushed to a hub once, and knows it by that. */
async function met(hub: StartedHub): Promise<Machine> {
  const machine = await createMachine({ hub: hub.url, signer: await hub.register('gabriel') })
  machine.write(reservation('first'))
  expect(await machine.push()).toMatchObject({ inserted: 1, failed: false })
  return machine
}

function pinAt({ env }: Machine, url: string) {
  return hubPinOf(env, parseHubUrl(url))
}

function pinsFile({ home }: Machine): string {
  return path.join(home, '.muse', 'pins.toml')
}

describe('a hub that is met for the first time', () => {
  it('is known from then on by the key that it proves to have, in a file for its user alone', async () => {
    const hub = await hubAt()
    const machine = await met(hub)
    expect(pinAt(machine, hub.url)).toEqual({ key: expect.stringMatching(/^[\w+/]{43}=$/), isDoubted: false })
    expect(fs.statSync(pinsFile(machine)).mode & 0o077).toBe(0)
    const { port } = new URL(hub.url)
    for (const name of ['localhost', '127.0.0.1', '[::1]']) {
      expect(pinAt(machine, `http://${name}:${port}`)).toEqual(pinAt(machine, hub.url))
    }
    const before = fs.statSync(pinsFile(machine)).ino
    machine.write(reservation('second'))
    expect(await machine.push()).toMatchObject({ inserted: 1 })
    expect(fs.statSync(pinsFile(machine)).ino).toBe(before)
  })

  it('is known to who reads without a signature as well', async () => {
    const hub = await hubAt()
    const owner = await met(hub)
    const space = await hub.store.findSpace('gabriel', 'muse')
    await hub.store.setVisibility(space as NonNullable<typeof space>, 'public')
    const reader = await createMachine({ hub: hub.url, signer: null })
    await reader.pull()
    expect(pinAt(reader, hub.url)).toEqual(pinAt(owner, hub.url))
    await anotherInPlaceOf(hub)
    await expect(reader.pull()).rejects.toMatchObject({ code: 'HUB_IDENTITY' })
  })

  it('is used by its address alone where it shows no key, and where it cannot prove the one that it shows', async () => {
    const shown = { [HUB_FIELDS.key]: Buffer.alloc(32, 9).toString('base64'), [HUB_FIELDS.proof]: 'A'.repeat(86) }
    for (const fields of [{}, shown]) {
      const plain = await startFaultyHub(answer(200, { records: [], cursor: 0 }, fields))
      const machine = await createMachine({ hub: plain.url })
      await machine.pull()
      expect(pinAt(machine, plain.url)).toBeNull()
    }
  })

  it('is used where the home directory cannot be written, and known as long as the client lives', async () => {
    const hub = await hubAt()
    await met(hub)
    const space = await hub.store.findSpace('gabriel', 'muse')
    await hub.store.setVisibility(space as NonNullable<typeof space>, 'public')
    const reader = await createMachine({ hub: hub.url, signer: null })
    // Nothing can be made below what is no directory, whoever asks.
    fs.writeFileSync(path.join(reader.home, 'file'), '')
    const client = await connect(reader.session.with({ env: { HOME: path.join(reader.home, 'file') } }), {
      hub: parseHubUrl(hub.url),
    })
    expect(await client.space('gabriel', 'muse')).toMatchObject({ visibility: 'public' })
    await anotherInPlaceOf(hub)
    await expect(client.space('gabriel', 'muse')).rejects.toMatchObject({ code: 'HUB_IDENTITY' })
  })
})

describe('another one in the place of a hub that is known', () => {
  it('is refused, whatever it answers, and is told nothing more', async () => {
    const hub = await hubAt()
    const machine = await met(hub)
    await hub.close()
    const impostor = await impostorAt(hub)
    machine.write(reservation('second'))
    await expect(machine.pull()).rejects.toMatchObject({
      code: 'HUB_IDENTITY',
      message: expect.stringMatching(/shows no key instead of sha256:[0-9a-f]{64}/),
      hint: expect.stringContaining(`auth trust-hub --hub ${hub.url}`),
    })
    expect(pinAt(machine, hub.url)).toMatchObject({ isDoubted: true })
    const asked = impostor.requests.length
    const pushed = await machine.push()
    expect(pushed).toMatchObject({ inserted: 0, failed: true })
    await expect(machine.pull()).rejects.toMatchObject({ code: 'HUB_IDENTITY' })
    await expect(rotateKey(machine.session)).rejects.toMatchObject({ code: 'HUB_IDENTITY' })
    const later = impostor.requests.slice(asked)
    expect(later.length).toBeGreaterThan(0)
    for (const { target, headers, body } of later) {
      expect([target, headers.authorization, body.length]).toEqual(['/', undefined, 0])
    }
  })

  it('is told nothing at all where nobody has answered before', async () => {
    const hub = await hubAt()
    const machine = await met(hub)
    await hub.close()
    machine.write(reservation('second'))
    expect(await machine.push()).toMatchObject({ inserted: 0, failed: true })
    expect(pinAt(machine, hub.url)).toMatchObject({ isDoubted: true })
    const impostor = await impostorAt(hub)
    expect(await machine.push()).toMatchObject({ inserted: 0, failed: true })
    await expect(machine.pull()).rejects.toMatchObject({ code: 'HUB_IDENTITY' })
    expect(impostor.requests.map(({ target, headers }) => [target, headers.authorization])).toEqual([
      ['/', undefined],
      ['/', undefined],
    ])
  })

  it('gets no signature over the nonce of a registration', async () => {
    const hub = await hubAt()
    const machine = await createMachine({ hub: hub.url })
    await register(machine.session)
    await hub.close()
    const impostor = await impostorAt(hub, { nonce_hex: 'ab'.repeat(32), handle: 'gabriel' })
    await expect(register(machine.session)).rejects.toMatchObject({ code: 'HUB_IDENTITY' })
    expect(impostor.requests.map(({ target }) => target)).toEqual(['/api/auth/challenge'])
  })

  it('is refused when it is a real hub with a key of its own, until its user says otherwise', async () => {
    const hub = await hubAt()
    const machine = await met(hub)
    const known = pinAt(machine, hub.url)
    const other = await anotherInPlaceOf(hub)
    machine.write(reservation('second'))
    expect(await machine.push()).toMatchObject({ inserted: 0, failed: true })
    const elsewhere = machine.session.with({ hub: `http://localhost:${portOf(hub)}` })
    await expect(register(elsewhere)).rejects.toMatchObject({ code: 'HUB_IDENTITY' })
    const wrong = `sha256:${'0'.repeat(64)}`
    await expect(trustHub(machine.session, wrong)).rejects.toMatchObject({ code: 'HUB_IDENTITY' })
    expect(pinAt(machine, hub.url)).toMatchObject({ key: known?.key })
    const trusted = await trustHub(machine.session)
    expect(trusted.fingerprint).not.toBe(trusted.replacedFingerprint)
    await register(machine.session)
    expect(await machine.push()).toMatchObject({ inserted: 2, failed: false })
    expect(await other.store.findIdentity('gabriel')).toMatchObject({ handle: 'gabriel' })
  })

  it('is believed by who runs for long once its user has trusted it', async () => {
    const hub = await hubAt()
    const machine = await met(hub)
    const client = await connect(machine.session, { hub: parseHubUrl(hub.url) })
    await client.space('gabriel', 'muse')
    await anotherInPlaceOf(hub)
    await expect(client.space('gabriel', 'muse')).rejects.toMatchObject({ code: 'HUB_IDENTITY' })
    await trustHub(machine.session)
    await expect(client.space('gabriel', 'muse')).rejects.toMatchObject({ code: 'HUB_DENIED' })
  })

  it('keeps nobody from the hub when that is back', async () => {
    const directory = temporaryDirectory()
    const first = await storedIn(directory)
    const machine = await met(first)
    await first.close()
    const impostor = await impostorAt(first)
    await expect(machine.pull()).rejects.toMatchObject({ code: 'HUB_IDENTITY' })
    await impostor.away()
    await storedIn(directory, portOf(first))
    machine.write(heartbeat('run-1'))
    expect(await machine.push()).toMatchObject({ inserted: 1, failed: false })
    expect(pinAt(machine, first.url)).toMatchObject({ isDoubted: false })
  })

  it('is not seen in a proxy that says that the hub is away', async () => {
    const hub = await hubAt()
    const machine = await met(hub)
    await hub.close()
    await impostorAt(hub, 'Bad Gateway', 502)
    machine.write(reservation('second'))
    const { errors } = await machine.push()
    expect(errors).toEqual([expect.stringContaining('502')])
    expect(pinAt(machine, hub.url)).toMatchObject({ isDoubted: false })
  })
})

describe('one hub in many places', () => {
  it('is one with another process on its store, and with what was restored of it', async () => {
    const directory = temporaryDirectory()
    const hub = await storedIn(directory)
    const machine = await met(hub)
    const beside = await storedIn(directory)
    const other = await createMachine({ hub: beside.url })
    await expect(other.pull()).rejects.toMatchObject({ code: 'HUB_DENIED' })
    expect(pinAt(other, beside.url)?.key).toBe(pinAt(machine, hub.url)?.key)
    await hub.store.renew()
    await hub.close()
    await storedIn(directory, portOf(hub))
    machine.write(reservation('second'))
    expect(await machine.push()).toMatchObject({ failed: false })
  })

  it('proves nothing under a name that is not its own, and refuses a nonce of any other length', async () => {
    const hub = await hubAt()
    const nonce = (text: string) => ({ headers: { [HUB_FIELDS.nonce]: text } })
    const shown = await fetch(hub.url, nonce('ab'.repeat(32)))
    expect(shown.headers.get(HUB_FIELDS.proof)).toMatch(/^[\w-]{86}$/)
    for (const odd of ['ab'.repeat(31), 'ab'.repeat(33), 'AB'.repeat(32), 'xy'.repeat(32), '']) {
      expect((await fetch(hub.url, nonce(odd))).status).toBe(400)
    }
    const stranger = await new Promise<http.IncomingMessage>((resolve, reject) => {
      const headers = { host: 'hub.example', [HUB_FIELDS.nonce]: 'ab'.repeat(32) }
      http.get(hub.url, { headers, agent: false }, resolve).on('error', reject)
    })
    stranger.resume()
    expect([stranger.statusCode, stranger.headers[HUB_FIELDS.proof]]).toEqual([200, undefined])
  })

  it('is known to who joins by the line of an invitation', async () => {
    const hub = await hubAt({ registration: 'closed' })
    const owner = await met(hub)
    const { line } = await inviteToSpace(owner.session, { role: 'write', uses: 1, expiresInSeconds: 60 })
    const joining = await createMachine({ signer: null })
    fs.rmSync(path.join(joining.root, '.muse', 'config.toml'))
    await join(joining.session, { line, handle: 'ada' })
    expect(pinAt(joining, hub.url)).toEqual(pinAt(owner, hub.url))
  })
})

async function storedIn(directory: string, port = 0): Promise<StartedHub> {
  const store = await openStore(directory)
  const hub = await startHub({ store, port })
  let closed: Promise<void> | undefined
  const close = () => {
    closed ??= hub.close().then(() => store.close())
    return closed
  }
  cleanUp(close)
  return { ...hub, close }
}

/** A program that has taken the port of a hub that is gone, and answers as it likes. */
async function impostorAt(
  hub: StartedHub,
  said: unknown = { records: [], cursor: 999, inserted: 1, skipped: 0 },
  status = 200,
): Promise<FaultyHub> {
  return startFaultyHub(answer(status, said), portOf(hub))
}
