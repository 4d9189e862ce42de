import { describe, expect, it } from '@jest/globals'
import { reserve } from '../../plugins/reserving/reserve.js'
import { claim } from '../../plugins/tasks/claim.js'
import { enqueue } from '../../plugins/tasks/enqueue.js'
import { createSwarm } from '../support/swarm.js'

const HOUR = 3600 * 1000

/** A machine whose clock is an hour behind that of its hub, in a space that nobody has pushed to yet. */
async function machineBehind() {
  const swarm = await createSwarm({ clock: { now: () => Date.now() + HOUR } })
  return swarm.machine()
}

describe('the first in a space, an hour behind its hub', () => {
  it('has a file alone', async () => {
    const { session } = await machineBehind()
    const wish = { addresses: ['a.ts'], runId: 'a', ttlSeconds: 600, deny: true }
    expect(await reserve(session, wish)).toMatchObject({ status: 'ok', provisional: false })
  })

  it.each([
    ['by its name', 't1'],
    ['the first that can be had', undefined],
  ])('has a task, %s', async (_, task) => {
    const { session } = await machineBehind()
    await enqueue(session, { title: 'Port', taskId: 't1' })
    expect(await claim(session, { runId: 'a', task, ttlSeconds: 600 })).toMatchObject({
      taskId: 't1',
      provisional: false,
    })
  })
})
