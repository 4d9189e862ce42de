import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { runCli } from '../support/run-cli.js'
import { createSwarm } from '../support/swarm.js'

const ODD = '"cost":1.50,"big":9007199254740993,"far":1e400,"name":"\\u00e9","in":{"a":1.0,"b":[2.0]}'

describe('what a program rewrites that another one wrote', () => {
  it('keeps the spelling of what it leaves as it was: a claim that is renewed, completed, pushed and pulled', async () => {
    const swarm = await createSwarm()
    const [writer, reader] = [await swarm.machine(), await swarm.machine()]
    const until = new Date(Date.now() + 600_000).toISOString()
    writer.write({
      'tasks/t1.json': { task_id: 't1', title: 'One' },
      'claims/t1.json': `{"task_id":"t1","claimer_run_id":"a","expires_at":"${until}",${ODD}}`,
    })
    await writer.push()
    const spelling = async () => {
      await reader.pull()
      const here = fs
        .readFileSync(path.join(writer.coordination, 'claims/t1.json'), 'utf8')
        .replace(/\n\s*|(?<=:) /g, '')
      const there = fs.readFileSync(path.join(reader.coordination, 'remote/claim/t1.json'), 'utf8')
      return [here, there]
    }
    for (const text of await spelling()) expect(text).toContain(ODD)
    const claimed = await runCli(writer, ['claim', 't1', '--run-id', 'a', '--ttl', '1h', '--json'])
    expect(claimed).toMatchObject({ exitCode: 0 })
    for (const text of await spelling()) expect(text).toContain(ODD)
    expect(await runCli(writer, ['complete', 't1', '--run-id', 'a', '--json'])).toMatchObject({ exitCode: 0 })
    for (const text of await spelling()) {
      expect(text).toContain(ODD)
      expect(text).toContain('"status":"completed"')
    }
    // The hub has it as it stands: nothing is sent once more.
    const before = swarm.proxy.requests.length
    expect(await writer.push()).toMatchObject({ inserted: 0, updated: 0, skipped: 2 })
    expect(swarm.proxy.requests).toHaveLength(before)
  })

  it('keeps it where the run itself has only what a pull brought', async () => {
    const swarm = await createSwarm()
    const [writer, other] = [await swarm.machine(), await swarm.machine()]
    const until = new Date(Date.now() + 600_000).toISOString()
    writer.write({
      'tasks/t1.json': { task_id: 't1', title: 'One' },
      'claims/t1.json': `{"task_id":"t1","claimer_run_id":"a","expires_at":"${until}",${ODD}}`,
    })
    await writer.push()
    await other.pull()
    expect(await runCli(other, ['complete', 't1', '--run-id', 'a'])).toMatchObject({ exitCode: 0 })
    await writer.pull()
    expect(fs.readFileSync(path.join(writer.coordination, 'remote/claim/t1.json'), 'utf8')).toContain(ODD)
  })

  it('keeps it where a kind makes one record of several files', async () => {
    const swarm = await createSwarm()
    const [writer, reader] = [await swarm.machine(), await swarm.machine()]
    const until = new Date(Date.now() + 600_000).toISOString()
    for (const id of ['r1', 'r2']) {
      const text = `{"run_id":"a","reservation_id":"${id}","extended_expires_at":"${until}","of_${id}":1.50,${ODD}}`
      writer.write({ [`heartbeats/${id}.json`]: text })
    }
    expect(await writer.push()).toMatchObject({ inserted: 1, ignored: [] })
    await reader.pull()
    const text = fs.readFileSync(path.join(reader.coordination, 'remote/heartbeat/a.json'), 'utf8')
    for (const token of [...ODD.split(','), '"of_r1":1.50', '"of_r2":1.50']) expect(text).toContain(token)
  })
})
