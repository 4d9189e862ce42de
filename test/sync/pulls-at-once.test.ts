import { describe, expect, it } from '@jest/globals'
import { tryProcessLock } from '../../src/files/process-lock.js'
import { gc } from '../../src/sync/gc.js'
import { type Behaviour, passOnTo } from '../support/faulty-hub.js'
import { reservation } from '../support/records.js'
import { createSwarm } from '../support/swarm.js'

describe('pulls of one workspace that run at once', () => {
  it('leave the newest version in place, also when the one that fetched an older one is slow', async () => {
    const swarm = await createSwarm()
    const [writer, reader] = [await swarm.machine(), await swarm.machine()]
    const beat = async (n: number) => {
      writer.write({ 'heartbeats/run-1.json': { run_id: 'run-1', n } })
      await writer.push()
    }
    const inFile = () => (reader.record('heartbeat/run-1').payload as { n: number }).n
    await beat(1)

    const pass = passOnTo(swarm.hub.url)
    let letGo = () => {}
    const held = new Promise<void>((resolve) => {
      letGo = resolve
    })
    let arrived = () => {}
    const isHeld = new Promise<void>((resolve) => {
      arrived = resolve
    })
    let pulls = 0
    const slowFirst: Behaviour = async (request, response) => {
      if (request.method !== 'GET' || pulls++ > 0) return pass(request, response)
      // The page is made now, and read by the slow pull when the other one is through.
      const page = await fetch(swarm.hub.url + request.target, {
        headers: { authorization: String(request.headers.authorization) },
      })
      const text = await page.text()
      arrived()
      await held
      response.writeHead(page.status, { 'content-type': 'application/json' }).end(text)
    }
    swarm.proxy.behave(slowFirst)
    const slow = reader.pull({ all: true })
    await isHeld
    await beat(2)
    expect(await reader.pull({ all: true })).toMatchObject({ count: 1, written: 1 })
    expect(inFile()).toBe(2)
    letGo()
    expect(await slow).toMatchObject({ count: 1, written: 0 })
    expect(inFile()).toBe(2)
    await reader.pull({ all: true })
    expect(inFile()).toBe(2)
  })

  it('hear an interrupt while another one writes', async () => {
    const swarm = await createSwarm()
    const [writer, reader] = [await swarm.machine(), await swarm.machine()]
    writer.write(reservation('r1'))
    await writer.push()
    const lock = await tryProcessLock(reader.session.workspace.repo.sync, 'remote.lock')
    const interruption = new AbortController()
    const pulling = reader.pull({ all: true, signal: interruption.signal })
    setTimeout(() => interruption.abort(), 300)
    await expect(pulling).rejects.toMatchObject({ code: 'INTERRUPTED' })
    const ending = gc(reader.session.with({ signal: interruption.signal }))
    await expect(ending).rejects.toMatchObject({ code: 'INTERRUPTED' })
    lock?.release()
    expect(await reader.pull({ all: true })).toMatchObject({ count: 1, written: 1 })
  })
})
