import { describe, expect, it } from '@jest/globals'
import { runOfEnvironment } from '../../src/workspace/run-id.js'
import { createMachine } from '../support/machine.js'
import { documentOf, runCli } from '../support/run-cli.js'

describe('the run that an environment names', () => {
  it.each([
    [{ MUSE_COORD_RUN_ID: 'agent-7', CODEX_THREAD_ID: 'x' }, 'agent-7', 'MUSE_COORD_RUN_ID'],
    [
      { CLAUDE_CODE_SESSION_ID: '0198c0de-1111-7222-8333-9f3c1a2b3c4d' },
      'claude-9f3c1a2b3c4d',
      'CLAUDE_CODE_SESSION_ID',
    ],
    [{ CODEX_THREAD_ID: '0198c0de-1111-7222-8333-00000000abcd' }, 'codex-00000000abcd', 'CODEX_THREAD_ID'],
    [{ GEMINI_SESSION_ID: 'ab-cd' }, 'gemini-abcd', 'GEMINI_SESSION_ID'],
    [{ COPILOT_AGENT_SESSION_ID: 'a'.repeat(40) }, `copilot-${'a'.repeat(12)}`, 'COPILOT_AGENT_SESSION_ID'],
  ])('is read from %j', (env, runId, from) => {
    expect(runOfEnvironment(env)).toEqual({ runId, from })
  })

  it('is none where nothing names one, and refused where it could name no heartbeat', () => {
    expect(runOfEnvironment({ CLAUDE_CODE_SESSION_ID: '', CODEX_THREAD_ID: '---' })).toBeNull()
    expect(() => runOfEnvironment({ MUSE_COORD_RUN_ID: 'two words' })).toThrow(/MUSE_COORD_RUN_ID must be/)
  })

  it('is who verbs are done for, and what a check passes over', async () => {
    const machine = await createMachine()
    const as = (runId: string) => ({ env: { MUSE_COORD_RUN_ID: runId } })
    expect((await runCli(machine, ['reserve', 'a.ts', '--deny'], as('a1'))).exitCode).toBe(0)
    expect((await runCli(machine, ['check', 'a.ts'], as('a1'))).exitCode).toBe(0)
    expect((await runCli(machine, ['check', 'a.ts'], as('a2'))).exitCode).toBe(6)
    expect((await runCli(machine, ['check', 'a.ts', '--run-id', 'a1'], as('a2'))).exitCode).toBe(0)
    const refused = await runCli(machine, ['reserve', 'a.ts', '--json'])
    expect(documentOf(refused)).toMatchObject({
      status: 'bad_args',
      hint: expect.stringContaining('MUSE_COORD_RUN_ID'),
    })
  })

  it('is told by whoami, with the tree and the store', async () => {
    const machine = await createMachine()
    const told = await runCli(machine, ['whoami', '--json'], { env: { CODEX_THREAD_ID: 'thread-0123456789ab' } })
    expect(documentOf(told)).toMatchObject({
      run_id: 'codex-0123456789ab',
      from: 'CODEX_THREAD_ID',
      tree: machine.root,
      store: machine.coordination,
    })
  })
})
