import fs from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { loadIdentity } from '../../src/auth/identity-file.js'
import { revokeIdentity } from '../../src/hub/revoke-identity.js'
import { parseHubUrl } from '../../src/record/hub-url.js'
import { cleanUp } from '../support/clean-up.js'
import { startFaultyHub } from '../support/faulty-hub.js'
import { createMachine, type Machine } from '../support/machine.js'
import { documentOf, runCli } from '../support/run-cli.js'
import { type StartedHub, startHub } from '../support/start-hub.js'

describe('changing keys from the command line', () => {
  let hub: StartedHub
  let machine: Machine

  beforeEach(async () => {
    hub = await startHub()
    cleanUp(() => hub.close())
    machine = await createMachine({ hub: hub.url, signer: await hub.register('gabriel') })
  })

  const auth = (...argv: string[]) => runCli(machine, ['auth', ...argv, '--json'])
  const identity = (url = hub.url) => loadIdentity(machine.env, parseHubUrl(url))
  const keyFiles = () => fs.readdirSync(path.join(machine.home, '.muse/keys')).length

  it('goes on with the new key after a rotation, and the hub takes the old one no more', async () => {
    const before = identity()
    const rotated = documentOf(await auth('rotate'))
    expect(rotated).toMatchObject({ handle: 'gabriel', replaced_fingerprint: before?.fingerprint })
    expect(identity()?.fingerprint).toBe(rotated.fingerprint)
    expect((await hub.store.findIdentity('gabriel'))?.fingerprint).toBe(rotated.fingerprint)
    expect(fs.statSync(String(rotated.key_path)).mode & 0o777).toBe(0o600)
    machine.write({ 'tasks/t1.json': { task_id: 't1', run_id: 'run-1', title: 'x' } })
    expect(await machine.push()).toMatchObject({ inserted: 1, failed: false })
    expect(JSON.stringify(rotated)).not.toContain('PRIVATE')
  })

  it('signs with the old key as before when the hub refuses the rotation, and offers the same new one again', async () => {
    await revokeIdentity(hub.store, 'gabriel')
    const [before, files] = [identity()?.fingerprint, keyFiles()]
    for (const _ of [1, 2]) {
      expect(await auth('rotate')).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('401') })
      expect(identity()?.fingerprint).toBe(before)
      expect(keyFiles()).toBe(files + 1)
    }
  })

  it('keeps a key whose request was cut, for it may arrive yet', async () => {
    const gate = await startGate(hub.url)
    cleanUp(() => gate.close())
    const other = await startHub({ store: hub.store, publicUrl: gate.url })
    cleanUp(() => other.close())
    gate.leadTo(other.url)
    const signer = { handle: 'ada', privateKey: (await hub.register('ada')).privateKey }
    machine = await createMachine({ hub: gate.url, owner: 'ada', signer })
    const send = gate.hold('/api/auth/rotate')
    const cut = await auth('rotate', '--hub', gate.url)
    expect(cut).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('is not known') })
    expect(loadIdentity(machine.env, parseHubUrl(gate.url))).toMatchObject({ handle: 'ada' })
    expect(await send()).toBe(200)

    machine.write({ 'tasks/t1.json': { task_id: 't1', run_id: 'run-1', title: 'x' } })
    expect(await machine.push()).toMatchObject({ inserted: 1, failed: false })
    expect(await auth('rotate', '--hub', gate.url)).toMatchObject({ exitCode: 0 })
    expect((await hub.store.findIdentity('ada'))?.fingerprint).toBe(identity(gate.url)?.fingerprint)
  }, 60_000)

  it('leaves no key behind when the hub cannot be reached, for then it has heard of none', async () => {
    const files = keyFiles()
    await hub.close()
    const ended = await auth('rotate')
    expect(ended).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('cannot be reached') })
    expect(ended.stdout).not.toContain('is not known')
    expect(keyFiles()).toBe(files)
  })

  it('finishes what was cut off between the hub’s commit and its answer', async () => {
    const gate = await startGate(hub.url)
    cleanUp(() => gate.close())
    const other = await startHub({ store: hub.store, publicUrl: gate.url })
    cleanUp(() => other.close())
    gate.leadTo(other.url)
    machine = await createMachine({
      hub: gate.url,
      signer: { handle: 'ada', privateKey: (await hub.register('ada')).privateKey },
    })
    gate.cutAfter('/api/auth/rotate')
    const cut = await auth('rotate', '--hub', gate.url)
    expect(cut).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('is not known') })
    expect(documentOf(cut).error).toContain('.pem')
    expect((await hub.store.findIdentity('ada'))?.fingerprint).not.toBe(identity(gate.url)?.fingerprint)

    gate.open()
    expect(await auth('rotate', '--hub', gate.url)).toMatchObject({ exitCode: 0 })
    expect((await hub.store.findIdentity('ada'))?.fingerprint).toBe(identity(gate.url)?.fingerprint)
  }, 60_000)

  it('revokes a key only when it is really meant', async () => {
    expect(await auth('revoke')).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('--yes is missing') })
    expect((await hub.store.findIdentity('gabriel'))?.publicKey).not.toBe('')
    const before = identity()?.fingerprint
    const revoked = documentOf(await auth('revoke', '--yes'))
    expect(revoked).toMatchObject({ hub: hub.url, handle: 'gabriel', revoked_fingerprint: before })
    expect((await hub.store.findIdentity('gabriel'))?.publicKey).toBe('')
    expect(await auth('register')).toMatchObject({ exitCode: 1 })
  })

  it('waits for the hub as long as MUSE_COORD_TIMEOUT says', async () => {
    const silent = await startFaultyHub(() => {})
    await auth('keygen', '--hub', silent.url, '--handle', 'ada')
    for (const verb of [['register'], ['rotate'], ['revoke', '--yes']]) {
      const line = ['auth', ...verb, '--hub', silent.url, '--json']
      const ended = await runCli(machine, line, { env: { MUSE_COORD_TIMEOUT: '0.2' } })
      expect(ended).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('no whole answer within 0.2 s') })
    }
  })

  it('registers with an invitation where registration is closed', async () => {
    const closed = await startHub({ registration: 'closed' })
    cleanUp(() => closed.close())
    await auth('keygen', '--hub', closed.url, '--handle', 'ada')
    expect(await auth('register', '--hub', closed.url)).toMatchObject({ exitCode: 1 })
    const { invite } = await import('../../src/hub/invite.js')
    const { code } = await invite(closed.store, { handle: null, expiresAt: Date.now() + 60_000 })
    expect(await auth('register', '--hub', closed.url, '--invite', code)).toMatchObject({ exitCode: 0 })
  })
})

/** A proxy that can cut a connection after the hub has answered, and everything from then on. */
async function startGate(firstTarget: string) {
  let target = firstTarget
  let cutPath: string | null = null
  let isShut = false
  let heldPath: string | null = null
  let held: (() => Promise<number>) | null = null
  const server = http.createServer((request, response) => {
    if (isShut) {
      request.socket.destroy()
      return
    }
    const { hostname, port } = new URL(target)
    const { method, url, headers } = request
    if (url === heldPath) {
      const chunks: Buffer[] = []
      request.on('data', (chunk) => chunks.push(chunk))
      request.on('end', () => {
        // The first is the one that arrives late; the client is cut at every try.
        held ??= () =>
          new Promise((resolve, reject) => {
            const late = http.request({ hostname, port, method, path: url, headers }, (answer) => {
              answer.resume()
              resolve(answer.statusCode ?? 0)
            })
            late.on('error', reject)
            late.end(Buffer.concat(chunks))
          })
        request.socket.destroy()
      })
      return
    }
    const onward = http.request({ hostname, port, method, path: url, headers }, (answer) => {
      if (url === cutPath) {
        isShut = true
        request.socket.destroy()
        return
      }
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    request.pipe(onward)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  return {
    url: `http://127.0.0.1:${port}`,
    leadTo(url: string) {
      target = url
    },
    cutAfter(path: string) {
      cutPath = path
    },
    /** Cuts what is sent there, until the function that it gives back sends it on. */
    hold(path: string) {
      heldPath = path
      return () => {
        heldPath = null
        return held?.() ?? Promise.reject(new Error('nothing was sent'))
      }
    },
    open() {
      cutPath = null
      isShut = false
    },
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}
