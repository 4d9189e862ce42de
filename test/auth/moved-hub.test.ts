import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { hubPinOf } from '../../src/auth/hub-pins.js'
import { handleAt } from '../../src/auth/identity-entries.js'
import { openStore } from '../../src/hub/stores/open-store.js'
import { listKeys } from '../../src/index.js'
import { parseHubUrl } from '../../src/record/hub-url.js'
import { cleanUp } from '../support/clean-up.js'
import { answer, startFaultyHub } from '../support/faulty-hub.js'
import { createMachine, type Machine } from '../support/machine.js'
import { reservation } from '../support/records.js'
import { documentOf, runCli } from '../support/run-cli.js'
import { type StartedHub, startHub } from '../support/start-hub.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

/** A hub on a store that others may serve on; closed for who was not invited. */
async function hubOn(directory: string): Promise<StartedHub> {
  const store = await openStore(directory)
  cleanUp(() => store.close())
  const hub = await startHub({ store, registration: 'closed' })
  let closed: Promise<void> | undefined
  const close = () => {
    closed ??= hub.close()
    return closed
  }
  cleanUp(close)
  return { ...hub, close }
}

/** A machine that has pushed to a hub, which serves under another address by now. */
async function moved() {
  const directory = temporaryDirectory()
  const before = await hubOn(directory)
  const machine = await createMachine({ hub: before.url, signer: await before.register('gabriel') })
  machine.write(reservation('first'))
  await machine.push()
  await before.close()
  const after = await hubOn(directory)
  return { before, after, machine }
}

/** Changes the settings as the owner of the repository would. */
function pointTo({ root }: Machine, url: string): void {
  const file = path.join(root, '.muse', 'config.toml')
  fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace(/url = ".*"/, `url = "${url}"`))
}

const handle = ({ env }: Machine, url: string) => handleAt(env, parseHubUrl(url))

describe('a hub that was moved', () => {
  it.each([
    ['sync push', ['sync', 'push']],
    ['sync pull', ['sync', 'pull']],
    ['a reservation', ['reserve', 'a.ts', '--run-id', 'r1', '--deny']],
    ['auth keys', ['auth', 'keys']],
    ['space show', ['space', 'show']],
  ])('needs no registration and says so once, first met by %s', async (_, words) => {
    const { after, machine } = await moved()
    pointTo(machine, after.url)
    const met = await runCli(machine, words)
    expect(met).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('gabriel signs there as well') })
    const again = await runCli(machine, words)
    expect(again).toMatchObject({ exitCode: 0, stderr: expect.not.stringContaining('signs there') })
    machine.write(reservation('second'))
    const pushed = documentOf(await runCli(machine, ['sync', 'push', '--json']))
    expect(pushed).toMatchObject({ failed: false })
    const { key } = hubPinOf(machine.env, parseHubUrl(after.url)) ?? {}
    expect(key).toBeDefined()
  })

  it('is asked who it is by one request, and then no more', async () => {
    const { before, machine } = await moved()
    const plain = await startFaultyHub(answer(200, { records: [], cursor: 0 }))
    const session = machine.session.with({ hub: plain.url })
    for (let n = 0; n < 3; n++) await machine.pull({ hub: plain.url })
    const targets = plain.requests.map(({ target }) => target.replace(/\?.*/, ''))
    const pull = '/gabriel/muse/coord/pull'
    expect(targets).toEqual(['/', pull, pull, pull])
    expect(plain.requests.every(({ headers }) => headers.authorization === undefined)).toBe(true)
    await expect(listKeys(session)).rejects.toMatchObject({ code: 'NO_IDENTITY' })
    expect(handle(machine, plain.url)).toBeNull()
    expect(handle(machine, before.url)).toBe('gabriel')
  })

  it('is not taken for another hub, which gets no signature', async () => {
    const { machine } = await moved()
    const other = await hubOn(temporaryDirectory())
    pointTo(machine, other.url)
    expect(await runCli(machine, ['sync', 'push'])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('No signing identity'),
    })
    expect(handle(machine, other.url)).toBeNull()
  })

  it('lets a key that was revoked sign nowhere by itself', async () => {
    const directory = temporaryDirectory()
    const hub = await hubOn(directory)
    const machine = await createMachine({ hub: hub.url, signer: await hub.register('gabriel') })
    await machine.push({ meetHub: true })
    expect(await runCli(machine, ['auth', 'revoke', '--yes'])).toMatchObject({ exitCode: 0 })
    await hub.close()
    const after = await hubOn(directory)
    pointTo(machine, after.url)
    expect(await runCli(machine, ['sync', 'push'])).toMatchObject({ exitCode: 0 })
    machine.write(reservation('first'))
    expect(await runCli(machine, ['sync', 'push'])).toMatchObject({ exitCode: 1 })
    expect(handle(machine, after.url)).toBeNull()
  })

  it('is not asked by who signs nowhere yet', async () => {
    const plain = await startFaultyHub(answer(200, { records: [], cursor: 0 }))
    const reader = await createMachine({ hub: plain.url, signer: null })
    await reader.pull()
    expect(plain.requests).toHaveLength(1)
  })
})
