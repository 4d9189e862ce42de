import fs from 'node:fs'
import path from 'node:path'
import { expect, it, jest } from '@jest/globals'
import { createMachine } from '../support/machine.js'
import { runCli } from '../support/run-cli.js'

const LATER = '2999-01-01T00:00:00Z'
const aTick = () => new Promise((resolve) => setTimeout(resolve, 20))

it.each([
  ['status', 0],
  ['check src/a.ts', 6],
  ['tasks', 0],
  ['forecast', 0],
  ['dag', 0],
  ['log', 0],
])('%s asks after each record file once, whatever it looks up', async (line, code) => {
  const machine = await createMachine()
  machine.write({
    'reservations/r.json': { reservation_id: 'r', run_id: 'a', addresses: ['src/a.ts'], expires_at: LATER },
    'tasks/t.json': { task_id: 't', run_id: 'a', title: 'Something' },
    'heartbeats/a.json': { run_id: 'a', last_beat_at: new Date().toISOString(), expires_at: LATER },
  })
  await aTick()
  await runCli(machine, ['status'])
  const asked = jest.spyOn(fs, 'lstatSync')
  expect(await runCli(machine, line.split(' '))).toMatchObject({ exitCode: code, stderr: '' })
  const names = asked.mock.calls.map(([file]) => path.basename(`${file}`)).filter((name) => name.endsWith('.json'))
  asked.mockRestore()
  expect(names.sort()).toEqual(['a.json', 'r.json', 't.json'])
})
