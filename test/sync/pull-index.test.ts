import fs from 'node:fs'
import path from 'node:path'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { openSession } from '../../src/index.js'
import { cleanUp } from '../support/clean-up.js'
import { createMachine, type Machine } from '../support/machine.js'
import { claim, heartbeat, reservation, reservations } from '../support/records.js'
import { startHub } from '../support/start-hub.js'

/** What a store shows of every kind, as somebody sees it who has just come. */
async function shown({ root, env }: Machine) {
  const { workspace, registry } = await openSession({ directory: root, env })
  const records = workspace.view.everything()
  const seen = registry.all.map(({ name }) => [name, records.entries(name), records.entries(name).map(endOf)] as const)
  function endOf({ kind, recordId }: { kind: string; recordId: string }) {
    return records.endOf(kind, recordId)
  }
  workspace.close()
  return seen
}

/** The same by what the files say, once nothing of them is remembered. */
async function readAnew(machine: Machine) {
  const sync = path.join(machine.coordination, '.sync')
  for (const name of fs.readdirSync(sync)) if (name.startsWith('index.')) fs.rmSync(path.join(sync, name))
  return shown(machine)
}

describe('what a pull tells the index of the files that it has written', () => {
  let writer: Machine
  let reader: Machine

  beforeEach(async () => {
    const hub = await startHub()
    cleanUp(() => hub.close())
    const signer = await hub.register('gabriel')
    writer = await createMachine({ hub: hub.url, signer })
    reader = await createMachine({ hub: hub.url, signer })
    writer.write({
      ...reservations(20),
      ...reservation('odd', {
        detail: { ключ: [1.5, '\u{1F600}', null], e: 'line\nend' },
        expires_at: '2026-03-18T12:00:00+02:00',
      }),
      ...heartbeat('run-1', { reservations: { r1: '2099-01-01T00:00:00Z' } }),
      ...claim('t1', 'run-1'),
    })
    await writer.push()
  })

  it('is what reading them tells, where they were the first', async () => {
    await reader.pull()
    expect(await shown(reader)).toEqual(await readAnew(reader))
  })

  it('is what reading them tells, where they came to others or took their place', async () => {
    await reader.pull()
    await shown(reader)
    writer.write({ ...reservation('r20'), ...heartbeat('run-1', { reservations: { r2: '2099-01-01T00:00:00Z' } }) })
    await writer.push()
    await reader.pull()
    expect(await shown(reader)).toEqual(await readAnew(reader))
  })

  it('is what reading them tells, where somebody has put a file among them', async () => {
    writer.write({ ...reservation('other') })
    await writer.push()
    await reader.pull({ limit: 1 })
    const [name = ''] = reader.pulled()
    const file = path.join(reader.coordination, 'remote', `${name}.json`)
    fs.writeFileSync(file.replace(/\.json$/, '-2.json'), '{')
    await reader.pull({ all: true })
    expect(await shown(reader)).toEqual(await readAnew(reader))
  })
})
