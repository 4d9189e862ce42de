import { beforeEach, describe, expect, it } from '@jest/globals'
import type { Machine } from '../support/machine.js'
import { documentOf, runCli } from '../support/run-cli.js'
import { createSwarm } from '../support/swarm.js'

async function verb(machine: Machine, ...argv: string[]) {
  const ended = await runCli(machine, [...argv, '--json'])
  return { exitCode: ended.exitCode, json: documentOf(ended) as Record<string, unknown> }
}

let offset: number
let owner: Machine
let ada: Machine

beforeEach(async () => {
  offset = 0
  const swarm = await createSwarm({ clock: { now: () => Date.now() + offset } })
  owner = await swarm.machine()
  ada = await swarm.machine({ signer: await swarm.hub.register('ada') })
  await verb(owner, 'enqueue', 'Port', '--id', 't1')
  await verb(owner, 'sync', 'push')
  await verb(owner, 'space', 'grant', 'ada')
  const claimed = await verb(ada, 'claim', 't1', '--run-id', 'r1', '--ttl', '600')
  expect(claimed).toMatchObject({ exitCode: 0, json: { token: 1 } })
  expect(await verb(ada, 'mine', '--run-id', 'r1')).toMatchObject({ json: { holds: [{ record_id: 't1', token: 1 }] } })
})

describe('a run that has lost its claim', () => {
  it.each<[string, string | null, () => Promise<unknown>]>([
    ['the owner of the space has taken it', 'r2', () => verb(owner, 'claim', 't1', '--run-id', 'r2', '--take')],
    ['the owner has ended it', null, () => verb(owner, 'space', 'release', 't1')],
    [
      'its end has passed and another run has it',
      'r2',
      async () => {
        offset = 700_000
        return verb(owner, 'claim', 't1', '--run-id', 'r2')
      },
    ],
    [
      'its end has passed',
      null,
      async () => {
        offset = 700_000
      },
    ],
  ])('is told so by its next beat where %s, and once', async (_, holder, lose) => {
    await lose()
    await verb(ada, 'sync', 'pull')
    expect(await verb(ada, 'heartbeat', '--run-id', 'r1')).toMatchObject({
      ...{
        exitCode: 7,
        json: { status: 'lost', not_renewed: [{ kind: 'claim', what: 't1', reason: 'lost', holder }] },
      },
    })
    expect(await verb(ada, 'heartbeat', '--run-id', 'r1')).toMatchObject({ exitCode: 0, json: { not_renewed: [] } })
  })

  it('is told nothing of what it has ended itself', async () => {
    await verb(ada, 'complete', 't1', '--run-id', 'r1')
    expect(await verb(ada, 'heartbeat', '--run-id', 'r1')).toMatchObject({ exitCode: 0, json: { not_renewed: [] } })
  })
})
