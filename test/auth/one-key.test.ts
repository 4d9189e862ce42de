import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { loadIdentity } from '../../src/auth/identity-file.js'
import { keygen } from '../../src/auth/keygen.js'
import { pinOf, writePins } from '../../src/auth/pins.js'
import { systemClock } from '../../src/base/clock.js'
import { openStore } from '../../src/hub/stores/open-store.js'
import { hostsOf, isSameHub, parseHubUrl } from '../../src/record/hub-url.js'
import { cleanUp } from '../support/clean-up.js'
import { createMachine } from '../support/machine.js'
import { documentOf, runCli } from '../support/run-cli.js'
import { type StartOptions, startHub } from '../support/start-hub.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

/** A home without an identity. */
const home = () => ({ root: temporaryDirectory(), env: { HOME: temporaryDirectory(), PATH: process.env.PATH ?? '' } })
type Home = ReturnType<typeof home>

async function hubAt(options: StartOptions = {}) {
  const hub = await startHub(options)
  cleanUp(hub.close)
  return hub
}

const run = async (place: Home, ...argv: string[]) => {
  const ended = await runCli(place, [...argv, '--json'])
  return { ...documentOf(ended), exitCode: ended.exitCode } as Record<string, unknown>
}

const keysOf = ({ env }: Home) => fs.readdirSync(path.join(env.HOME, '.muse/keys'))

describe('one key for all hubs', () => {
  it('signs at a further hub, under the same handle, after one command', async () => {
    const [first, second] = [await hubAt(), await hubAt()]
    const ada = home()
    expect(await run(ada, 'auth', 'keygen', '--hub', first.url, '--handle', 'ada', '--type', 'human')).toMatchObject({
      is_new_key: true,
    })
    expect(await run(ada, 'auth', 'register', '--hub', first.url)).toMatchObject({ exitCode: 0 })
    expect(await run(ada, 'auth', 'register', '--hub', second.url)).toMatchObject({
      exitCode: 0,
      handle: 'ada',
      type: 'human',
    })
    const [one, other] = await Promise.all([first, second].map(({ url }) => run(ada, 'auth', 'whoami', '--hub', url)))
    expect(other).toMatchObject({ handle: 'ada', type: 'human', fingerprint: one?.fingerprint })
    expect(
      await run(ada, 'space', 'visibility', 'private', '--hub', second.url, '--owner', 'ada', '--slug', 's'),
    ).toMatchObject({ exitCode: 0 })
    expect(keysOf(ada)).toHaveLength(1)
  })

  it('is asked for by `auth keygen` too, which needs no handle then, unless another key is wished', async () => {
    const ada = home()
    const made = await run(ada, 'auth', 'keygen', '--hub', 'https://one.example', '--handle', 'ada')
    expect(await run(ada, 'auth', 'keygen', '--hub', 'https://two.example')).toMatchObject({
      ...{ handle: 'ada', is_new_key: false, fingerprint: made.fingerprint, key_path: made.key_path },
    })
    const own = await run(ada, 'auth', 'keygen', '--hub', 'https://three.example', '--own-key')
    expect(own).toMatchObject({ handle: 'ada', is_new_key: true })
    expect(own.fingerprint).not.toBe(made.fingerprint)
    expect(await run(home(), 'auth', 'keygen', '--hub', 'https://two.example')).toMatchObject({ status: 'bad_args' })
  })

  it('is told how to come by one with commands that work', async () => {
    const hub = await hubAt()
    const ada = home()
    const asked = ['space', 'visibility', 'private', '--hub', hub.url, '--owner', 'ada', '--slug', 's']
    const { hint } = await run(ada, ...asked)
    const cures = [...String(hint).matchAll(/`muse-coord ([^`]+)`/g)].map(([, line]) => String(line).split(' '))
    expect(cures).toHaveLength(2)
    for (const cure of cures) {
      expect(await run(ada, ...cure.map((word) => (word === 'NAME' ? 'ada' : word)))).toMatchObject({ exitCode: 0 })
    }
  })

  it('goes with a hub that moves, also where registration is closed', async () => {
    const directory = temporaryDirectory()
    const ada = home()
    const before = await hubAt({ store: await openStore(directory, systemClock) })
    await run(ada, 'auth', 'keygen', '--hub', before.url, '--handle', 'ada')
    await run(ada, 'auth', 'register', '--hub', before.url)
    await before.close()
    const moved = await hubAt({ store: await openStore(directory, systemClock), registration: 'closed' })
    const asked = ['space', 'visibility', 'private', '--hub', moved.url, '--owner', 'ada', '--slug', 's']
    // The hub has shown by its key which one it is.
    expect(await run(ada, ...asked)).toMatchObject({ exitCode: 0, visibility: 'private' })
    expect(await run(ada, 'auth', 'register', '--hub', moved.url)).toMatchObject({ exitCode: 0, handle: 'ada' })
    expect(keysOf(ada)).toHaveLength(1)
  })

  it('is noted for a hub only once that has taken it', async () => {
    const [first, second] = [await hubAt(), await hubAt()]
    await second.register('ada')
    const ada = home()
    await run(ada, 'auth', 'keygen', '--hub', first.url, '--handle', 'ada')
    expect(await run(ada, 'auth', 'register', '--hub', second.url)).toMatchObject({ exitCode: 1 })
    expect(await run(ada, 'auth', 'whoami', '--hub', second.url)).toMatchObject({ status: 'no_identity' })
  })

  it('is offered to no further hub once it was revoked, and those that take it still are named', async () => {
    const [first, second] = [await hubAt(), await hubAt()]
    const ada = home()
    await run(ada, 'auth', 'keygen', '--hub', first.url, '--handle', 'ada')
    for (const { url } of [first, second]) await run(ada, 'auth', 'register', '--hub', url)
    expect(await run(ada, 'auth', 'revoke', '--hub', first.url, '--yes')).toMatchObject({
      ...{ exitCode: 0, still_at: [new URL(second.url).host] },
    })
    expect(await run(ada, 'auth', 'register', '--hub', 'http://127.0.0.1:1')).toMatchObject({ status: 'no_identity' })
    expect(await run(ada, 'auth', 'keygen', '--hub', 'https://three.example', '--handle', 'ada')).toMatchObject({
      is_new_key: true,
    })
    expect(await run(ada, 'auth', 'revoke', '--hub', second.url, '--yes')).toMatchObject({ exitCode: 0, still_at: [] })
  })

  it('is replaced hub by hub, and the others are told of', async () => {
    const [first, second] = [await hubAt(), await hubAt()]
    const ada = home()
    await run(ada, 'auth', 'keygen', '--hub', first.url, '--handle', 'ada')
    for (const { url } of [first, second]) await run(ada, 'auth', 'register', '--hub', url)
    const rotated = await run(ada, 'auth', 'rotate', '--hub', first.url)
    expect(rotated).toMatchObject({ exitCode: 0, still_at: [new URL(second.url).host] })
    expect(await run(ada, 'auth', 'rotate', '--hub', second.url, '--key', rotated.key_path as string)).toMatchObject({
      exitCode: 0,
      fingerprint: rotated.fingerprint,
      still_at: [],
    })
  })
})

describe('localhost, 127.0.0.1 and [::1]', () => {
  it('are one hub where the port is one, and nothing else is', () => {
    expect(hostsOf('localhost:1337')).toEqual(['localhost:1337', '127.0.0.1:1337', '[::1]:1337'])
    expect(hostsOf('[::1]')).toEqual(['[::1]', 'localhost', '127.0.0.1'])
    for (const host of ['hub.example.com', '127.0.0.2:1337', 'localhost.example:1', '[::2]:1']) {
      expect(hostsOf(host)).toEqual([host])
    }
    const same = (one: string, other: string) => isSameHub(parseHubUrl(one), parseHubUrl(other))
    expect(same('http://localhost:1', 'http://[::1]:1/')).toBe(true)
    expect(same('http://localhost:1', 'http://[::1]:2')).toBe(false)
    expect(same('http://localhost:1', 'https://localhost:1')).toBe(false)
    expect(same('http://localhost:1/a', 'http://localhost:1')).toBe(false)
  })

  it('have one identity, which pushes under each of the names', async () => {
    const hub = await hubAt()
    const { port } = new URL(hub.url)
    const machine = await createMachine({ hub: `http://localhost:${port}`, signer: await hub.register('gabriel') })
    machine.write({ 'tasks/t1.json': { task_id: 't1', run_id: 'r1', title: 'First' } })
    expect(await machine.push()).toMatchObject({ inserted: 1 })
    expect(await machine.push({ hub: hub.url })).toMatchObject({ conflicts: [], rejected: [] })
    const place = { root: machine.root, env: { ...machine.env, HOME: machine.home, PATH: '' } }
    for (const name of ['127.0.0.1', '[::1]']) {
      expect(await run(place, 'auth', 'whoami', '--hub', `http://${name}:${port}`)).toMatchObject({
        ...{ host: `${name}:${port}`, handle: 'gabriel' },
      })
      expect(await run(place, 'auth', 'keygen', '--hub', `http://${name}:${port}`, '--handle', 'x')).toMatchObject({
        ...{ exitCode: 1, error: expect.stringContaining(`localhost:${port} already: "gabriel"`) },
      })
    }
  })

  it('keep one section through a rotation, whichever name it was asked under', async () => {
    const hub = await hubAt()
    const localhost = hub.url.replace('127.0.0.1', 'localhost')
    const ada = home()
    await run(ada, 'auth', 'keygen', '--hub', hub.url, '--handle', 'ada')
    await run(ada, 'auth', 'register', '--hub', localhost)
    const { fingerprint } = await run(ada, 'auth', 'rotate', '--hub', localhost)
    expect(await run(ada, 'auth', 'whoami', '--hub', hub.url)).toMatchObject({ fingerprint })
    expect(fs.readFileSync(path.join(ada.env.HOME, '.muse/identity.toml'), 'utf8').match(/^\[/gm)).toHaveLength(1)
  })

  it('share what is pinned, and each may have its own', () => {
    const { env } = home()
    const [one, other] = ['A'.repeat(43), 'B'.repeat(43)]
    writePins(env, ['localhost:1'], one)
    expect(pinOf(env, { host: '[::1]:1' })).toBe(one)
    writePins(env, ['[::1]:1'], other)
    expect([pinOf(env, { host: '[::1]:1' }), pinOf(env, { host: '127.0.0.1:1' })]).toEqual([other, one])
    expect(pinOf(env, { host: 'localhost:2' })).toBeNull()
  })
})

describe('a section whose host is spelt in capitals', () => {
  it('is replaced in its place', () => {
    const { env } = home()
    const hub = parseHubUrl('https://hub.example.com')
    const request = { hub, handle: 'ada', type: 'agent', force: true } as const
    keygen(env, request)
    const file = path.join(env.HOME, '.muse/identity.toml')
    fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace('hub.example.com', 'Hub.Example.com'))
    const { fingerprint } = keygen(env, request)
    expect(loadIdentity(env, hub)).toMatchObject({ fingerprint })
    expect(fs.readFileSync(file, 'utf8')).not.toContain('hub.example.com')
  })
})
