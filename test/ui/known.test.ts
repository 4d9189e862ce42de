import { expect, it } from '@jest/globals'
import { systemClock } from '../../src/base/clock.js'
import { openSession } from '../../src/open-session.js'
import { answer } from '../../src/ui/answer.js'
import { cleanUp } from '../support/clean-up.js'
import { createMachine } from '../support/machine.js'
import { startHub } from '../support/start-hub.js'

it('a page tells how old what others wrote is, and what to do where that is long ago', async () => {
  const hub = await startHub()
  cleanUp(hub.close)
  const machine = await createMachine({ hub: hub.url, signer: await hub.register('gabriel') })
  machine.write({ 'tasks/t1.json': { task_id: 't1', run_id: 'r1' } })
  let offset = 0
  const clock = { now: () => systemClock.now() + offset }
  const { root, env } = machine
  const session = await openSession({ directory: root, env, clock })
  const read = async (address: string) => (await answer(session.snapshot(), new URL(address, 'http://localhost'))).text
  expect(await read('/')).toContain('has never been pulled from the hub: <code>muse-coord sync pull</code>')
  expect(JSON.parse(await read('/tasks?json'))).toMatchObject({ as_of: null })
  await machine.push()
  await machine.pull()
  expect(await read('/')).toMatch(/<p class="known">what others wrote is of \d+s ago/)
  expect(JSON.parse(await read('/tasks?json'))).toMatchObject({ as_of: expect.any(String) })
  offset = 3_600_000
  expect(await read('/')).toMatch(/<p class="known old">What others wrote is of 1h ago: <code>muse-coord doctor/)
})
