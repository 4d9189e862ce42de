import { describe, expect, it } from '@jest/globals'
import { createMachine } from '../support/machine.js'
import { reservation } from '../support/records.js'
import { documentOf, runCli } from '../support/run-cli.js'

const RUNS = 1200

describe('a crowd of runs that are all at one place', () => {
  it('is told of in part, and that there are more; the conflicts of one run are told', async () => {
    const machine = await createMachine()
    const end = { created_at: new Date().toISOString(), expires_at: '2099-01-01T00:00:00Z' }
    const plans = Array.from({ length: RUNS }, (_, n) =>
      reservation(`r${n}`, { run_id: `run${n}`, addresses: ['**'], ...end }),
    )
    machine.write(Object.assign({}, ...plans))
    const told = await runCli(machine, ['forecast', '--json'])
    expect(told.exitCode).toBe(0)
    const { conflicts, more_conflicts: areMore } = documentOf(told) as { conflicts: unknown[]; more_conflicts: boolean }
    expect([conflicts.length, areMore]).toEqual([1000, true])
    expect((await runCli(machine, ['forecast'])).stdout).toContain('more runs meet than are told')
    const ofOne = documentOf(await runCli(machine, ['forecast', '--json', '--run-id', 'run7'])) as {
      conflicts: { agents: string[] }[]
    }
    expect(ofOne.conflicts).toHaveLength(1000)
    expect(ofOne.conflicts.every(({ agents }) => agents.includes('run7'))).toBe(true)
    expect((await runCli(machine, ['status'])).exitCode).toBe(0)
  })

  it('is counted by check, of which nobody reads more than a thousand', async () => {
    const machine = await createMachine()
    const addresses = Array.from({ length: RUNS }, (_, n) => `src/**/*${n}*`)
    machine.write(reservation('r1', { run_id: 'crowd', addresses, expires_at: '2099-01-01T00:00:00Z' }))
    const told = await runCli(machine, ['check', '**', '--json'])
    expect(told.exitCode).toBe(6)
    const {
      holders,
      more_holders: more,
      hint,
    } = documentOf(told) as { holders: []; more_holders: number; hint: string }
    expect([holders.length, more]).toEqual([1000, 200])
    expect(hint.length).toBeLessThan(1000)
    const { stdout } = await runCli(machine, ['check', '**'])
    expect(stdout).toContain('… and 200 more')
    expect(stdout.split('\n').length).toBeLessThan(1010)
    const refused = await runCli(machine, ['reserve', '**', '--run-id', 'other', '--deny'])
    expect(refused.stdout + refused.stderr).toContain('… and 200 more')
  })
})
