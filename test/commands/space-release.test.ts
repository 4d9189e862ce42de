import { describe, expect, it } from '@jest/globals'
import { documentOf, runCli } from '../support/run-cli.js'
import { createSwarm } from '../support/swarm.js'

/** The owner's machine and that of ada, who may write. */
async function ownerAndAda() {
  const swarm = await createSwarm()
  const owner = await swarm.machine()
  const ada = await swarm.machine({ signer: await swarm.hub.register('ada') })
  await runCli(owner, ['space', 'visibility', 'private'])
  await runCli(owner, ['space', 'grant', 'ada'])
  return { swarm, owner, ada }
}

async function logOf(machine: Parameters<typeof runCli>[0]) {
  const { entries } = documentOf(await runCli(machine, ['space', 'log', '-j'])) as { entries: Record<string, string>[] }
  return entries.filter(({ action }) => action === 'taken_back' || action === 'overridden')
}

describe('space release', () => {
  it('ends what a member reserves, by its address, notes it in the log, and tells the run that has lost it', async () => {
    const { owner, ada } = await ownerAndAda()
    const reserved = await runCli(ada, ['reserve', 'src/a.ts', '--deny', '--run-id', 'run-a', '-j'])
    const { reservation_id: id } = documentOf(reserved)
    const argv = ['space', 'release', 'src/a.ts', '--reason', 'ada is away']
    expect(documentOf(await runCli(owner, [...argv, '-j']))).toMatchObject({
      released: [
        {
          ...{ kind: 'reservation', record_id: id, what: ['src/a.ts'], run_id: 'run-a', author: 'ada' },
          believed_until: expect.stringMatching(/^\d{4}-/),
        },
      ],
    })
    expect(await logOf(owner)).toMatchObject([
      { actor: 'gabriel', action: 'taken_back', subject: `reservation/${id}`, detail: 'ada run-a' },
    ])
    expect(await runCli(owner, ['reserve', 'src/a.ts', '--deny', '--run-id', 'run-b'])).toMatchObject({ exitCode: 0 })
    await runCli(ada, ['sync', 'pull'])
    expect((await runCli(ada, ['status'])).stdout).toContain('gabriel has taken src/a.ts from run-a: ada is away')
    expect(await runCli(ada, ['reserve', 'src/a.ts', '--deny', '--run-id', 'run-a'])).toMatchObject({ exitCode: 6 })
  })

  it('ends what a member claims, and what nobody has enqueued as well', async () => {
    const { swarm, owner, ada } = await ownerAndAda()
    const claims = async () => (await swarm.stored()).filter(({ kind }) => kind === 'claim')
    const expires_at = new Date(Date.now() + 3_600_000).toISOString()
    ada.write({ 'claims/ghost.json': { task_id: 'ghost', claimer_run_id: 'run-g', status: 'claimed', expires_at } })
    await runCli(ada, ['enqueue', 'Build it', '--id', 'build-1', '--run-id', 'run-a'])
    await runCli(ada, ['sync', 'push'])
    expect(await runCli(ada, ['claim', 'build-1', '--run-id', 'run-a'])).toMatchObject({ exitCode: 0 })
    expect(await claims()).toMatchObject([
      { recordId: 'ghost', token: 1 },
      { recordId: 'build-1', token: 1 },
    ])

    expect(documentOf(await runCli(owner, ['space', 'release', 'build-1', 'ghost', '-j']))).toMatchObject({
      released: [
        { kind: 'claim', record_id: 'build-1', run_id: 'run-a', author: 'ada' },
        { kind: 'claim', record_id: 'ghost', run_id: 'run-g', author: 'ada' },
      ],
    })
    const [built] = await claims()
    expect(await claims()).toMatchObject([
      { author: 'gabriel', token: 2 },
      { author: 'gabriel', token: 2 },
    ])
    expect(JSON.parse(built?.payloadJson ?? '')).toMatchObject({ status: 'returned', error: 'taken back by gabriel' })
    expect(await logOf(owner)).toMatchObject([
      { action: 'taken_back', subject: 'claim/ghost', detail: 'ada run-g' },
      { action: 'taken_back', subject: 'claim/build-1', detail: 'ada run-a' },
    ])
    // Whoever comes next has it, and the run that goes on with it is told.
    expect(await runCli(owner, ['claim', 'build-1', '--run-id', 'run-b'])).toMatchObject({ exitCode: 0 })
    expect(await runCli(ada, ['complete', 'build-1', '--run-id', 'run-a'])).toMatchObject({ exitCode: 7 })
  })

  it('is for what somebody holds, whole, and for the owner alone', async () => {
    const { owner, ada } = await ownerAndAda()
    await runCli(ada, ['reserve', 'src/a.ts', 'src/b.ts', '--run-id', 'run-a'])
    await runCli(ada, ['sync', 'push'])
    expect(await runCli(owner, ['space', 'release', 'src/c.ts'])).toMatchObject({ exitCode: 4 })
    const part = await runCli(owner, ['space', 'release', 'src/a.ts'])
    expect(part).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('holds src/b.ts too') })
    const refused = await runCli(ada, ['space', 'release', 'src/a.ts', 'src/b.ts'])
    expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('ada may not take back') })
    expect(await logOf(owner)).toEqual([])
    expect(await runCli(owner, ['space', 'release', 'src/a.ts', 'src/b.ts'])).toMatchObject({ exitCode: 0 })
    expect(await logOf(owner)).toHaveLength(1)
  })
})
