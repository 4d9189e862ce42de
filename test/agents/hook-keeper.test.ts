import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { knownPrograms } from '../../plugins/agents/agent-run.js'
import { hook } from '../../plugins/agents/hook.js'
import type { AgentProgram } from '../../src/plugin.js'
import { keeperOf } from '../../src/workspace/keeper-lock.js'
import { cleanUp } from '../support/clean-up.js'
import type { Machine } from '../support/machine.js'
import { createSwarm } from '../support/swarm.js'

const CLI = path.resolve('dist/cli.cjs')

/** Has the hook of Claude Code answer, as the program that agents start would. */
function call({ session, root }: Machine, hook_event_name: string, file?: string, leavesKeeper = true) {
  const program = knownPrograms(session).find(({ name }) => name === 'claude') as AgentProgram
  const tool = file === undefined ? {} : { tool_name: 'Write', tool_input: { file_path: path.join(root, file) } }
  const text = JSON.stringify({ hook_event_name, session_id: 'abcdef123456', cwd: root, ...tool })
  const request = { program, eventName: null, input: { text } }
  return hook(session, leavesKeeper ? { ...request, keeperProgram: [process.execPath, CLI] } : request)
}

function keeperPid({ session }: Machine): number | undefined {
  const pid = /process (\d+)/.exec(keeperOf(session.workspace.repo) ?? '')?.[1]
  return pid === undefined ? undefined : Number(pid)
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 50))
}

/** Ends a keeper, which is nobody's child by then, and waits until it is gone. */
async function end(pid: number): Promise<void> {
  process.kill(pid, 'SIGKILL')
  await until(() => !isThere(pid))
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

function endAfterwards(machine: Machine): void {
  cleanUp(async () => {
    const pid = keeperPid(machine)
    if (pid !== undefined) await end(pid)
  })
}

describe('the hook in a store with a hub', () => {
  it('leaves one keeper, which carries what edits reserve, and another one where that is gone', async () => {
    const swarm = await createSwarm()
    const [first, second] = [await swarm.machine(), await swarm.machine()]
    // A space is there once something was pushed to it.
    second.write({ 'tasks/t1.json': { task_id: 't1', run_id: 'r1' } })
    await second.push()
    endAfterwards(first)
    expect((await call(first, 'SessionStart')).fault).toBeNull()
    await until(() => keeperPid(first) !== undefined)
    const pid = keeperPid(first)
    await call(first, 'PreToolUse', 'src/a.ts')
    await until(async () => {
      await second.pull()
      return second.pulled().some((name) => name.startsWith('reservation/'))
    })
    await call(first, 'SessionStart')
    await call(first, 'PostToolUse', 'src/a.ts')
    expect(keeperPid(first)).toBe(pid)
    await end(pid as number)
    await call(first, 'PostToolUse', 'src/a.ts')
    await until(() => keeperPid(first) !== undefined && keeperPid(first) !== pid)
  })

  it('says at a start that others may hold more, until something was fetched from the hub', async () => {
    const swarm = await createSwarm()
    const [first, second] = [await swarm.machine(), await swarm.machine()]
    second.write({ 'tasks/t1.json': { task_id: 't1', run_id: 'r1' } })
    await second.push()
    const said = async () => JSON.stringify((await call(first, 'SessionStart', undefined, false)).answer)
    expect(await said()).toContain('Nothing was fetched from the hub yet: others may hold more')
    await first.pull({ all: true })
    expect(await said()).toContain('Nobody else holds anything now.')
  })

  it('tries one that failed again at a start, and not after each tool', async () => {
    const swarm = await createSwarm()
    const machine = await swarm.machine()
    endAfterwards(machine)
    const { sync } = machine.session.workspace.repo
    sync.write('keeper-fault', 'no key')
    await call(machine, 'PostToolUse', 'src/a.ts')
    await new Promise((resolve) => setTimeout(resolve, 1000))
    expect(keeperPid(machine)).toBeUndefined()
    await call(machine, 'SessionStart')
    await until(() => keeperPid(machine) !== undefined)
  })
})
