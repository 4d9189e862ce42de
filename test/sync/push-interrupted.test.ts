import { describe, expect, it } from '@jest/globals'
import { type Behaviour, inTurn, keepAnswersOf, passOnTo, pushed } from '../support/faulty-hub.js'
import { reservations } from '../support/records.js'
import { documentOf } from '../support/run-cli.js'
import { startExecutable } from '../support/run-executable.js'
import { createSwarm } from '../support/swarm.js'

const ALL = 1700
const ACKNOWLEDGED = 1000
const COMMITTED = 1500

/**
 * A machine in the middle of its push: two batches are acknowledged, the third is committed and
 * its answer does not come, and the fourth does not arrive.
 */
async function stuckInTheThirdBatch() {
  const swarm = await createSwarm()
  const machine = await swarm.machine()
  machine.write(reservations(ALL))
  const passOn = passOnTo(swarm.hub.url)
  let letThirdPass = () => {}
  const secondIsAnswered = new Promise<void>((resolve) => {
    letThirdPass = resolve
  })
  const second: Behaviour = async (request, response) => {
    await passOn(request, response)
    letThirdPass()
  }
  const thirdIsCommitted = new Promise<void>((resolve) => {
    const third: Behaviour = async (request, response) => {
      await secondIsAnswered
      await keepAnswersOf(swarm.hub.url, resolve)(request, response)
    }
    const noAnswer: Behaviour = () => {}
    swarm.proxy.behave(inTurn(passOn, second, third, noAnswer))
  })
  const running = startExecutable(machine, ['sync', 'push', '--json'])
  await thirdIsCommitted
  return {
    ...swarm,
    running,
    /** Pushes what is left with nothing in the way, and counts what travels. */
    async pushTheRest() {
      swarm.proxy.behave(passOn)
      const before = swarm.proxy.requests.length
      const result = await machine.push()
      return { result, sent: swarm.proxy.requests.slice(before).flatMap((request) => pushed(request).records).length }
    },
  }
}

describe('a push that is ended from outside', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('ends cleanly on %s, with what was acknowledged recorded', async (signal) => {
    const { running, pushTheRest, stored } = await stuckInTheThirdBatch()
    running.child.kill(signal)
    // The answers that it stopped waiting for never come, and its own patience is longer than the test's.
    const ended = await running.ended
    expect(ended).toMatchObject({ exitCode: 130, stderr: '' })
    expect(documentOf(ended)).toMatchObject({
      inserted: ACKNOWLEDGED,
      skipped: 0,
      failed: true,
      interrupted: true,
      errors: [expect.stringContaining('Interrupted')],
    })
    const { result, sent } = await pushTheRest()
    expect(result).toMatchObject({ inserted: ALL - COMMITTED, skipped: COMMITTED, total: ALL, failed: false })
    expect(sent).toBe(ALL - ACKNOWLEDGED)
    expect(await stored()).toHaveLength(ALL)
  })

  it('has recorded what was acknowledged when it is killed', async () => {
    const { running, pushTheRest, stored } = await stuckInTheThirdBatch()
    running.child.kill('SIGKILL')
    expect(await running.ended).toMatchObject({ signal: 'SIGKILL', stdout: '' })
    const { result, sent } = await pushTheRest()
    expect(result).toMatchObject({ inserted: ALL - COMMITTED, skipped: COMMITTED, total: ALL, failed: false })
    expect(sent).toBe(ALL - ACKNOWLEDGED)
    expect(await stored()).toHaveLength(ALL)
  })

  it('does not wait for a hub that asks for patience when it is interrupted', async () => {
    const swarm = await createSwarm()
    const machine = await swarm.machine()
    machine.write(reservations(3))
    swarm.proxy.behave((_, response) => response.writeHead(503, { 'retry-after': '30' }).end())
    const interruption = new AbortController()
    setTimeout(() => interruption.abort(), 300)
    // Half a minute, which a push does wait, is more than the test has.
    expect(await machine.push({ signal: interruption.signal })).toMatchObject({
      interrupted: true,
      inserted: 0,
      total: 3,
    })
    expect(swarm.proxy.requests).toHaveLength(1)
    swarm.proxy.behave(passOnTo(swarm.hub.url))
    expect(await machine.push()).toMatchObject({ inserted: 3 })
  })

  it('sends nothing when it was interrupted before it began', async () => {
    const swarm = await createSwarm()
    const machine = await swarm.machine()
    machine.write(reservations(3))
    expect(await machine.push({ signal: AbortSignal.abort() })).toMatchObject({ interrupted: true, failed: true })
    expect(swarm.proxy.requests).toHaveLength(0)
  })
})
