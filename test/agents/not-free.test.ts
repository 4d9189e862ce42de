import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { knownPrograms } from '../../plugins/agents/agent-run.js'
import { guard } from '../../plugins/agents/guard.js'
import { hook } from '../../plugins/agents/hook.js'
import { check, init, openSession, reserve } from '../../src/index.js'
import type { AgentProgram } from '../../src/plugin.js'
import { cleanUp } from '../support/clean-up.js'
import { git, repository } from '../support/git.js'
import { EXECUTABLE } from '../support/run-executable.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

/** As macOS spells it on the disk; addresses are spelt in NFC. */
const DECOMPOSED = 'src/re\u0301sume\u0301.ts'
const ADDRESS = DECOMPOSED.normalize('NFC')

let root: string
let env: Record<string, string>

beforeEach(async () => {
  const place = temporaryDirectory()
  root = repository(path.join(place, 'repo'), { 'src/a.ts': 'a\n', [DECOMPOSED]: 'b\n' })
  env = { HOME: place, PATH: process.env.PATH ?? '' }
  init(await session())
})

function session() {
  return openSession({ directory: root, env })
}

async function call(hook_event_name: string, fields: object = {}) {
  const opened = await session()
  const program = knownPrograms(opened).find(({ name }) => name === 'claude') as AgentProgram
  const text = JSON.stringify({ hook_event_name, session_id: '01990b52-9f3c1a2b3c4d', cwd: root, ...fields })
  return hook(opened, { program, eventName: null, input: { text } })
}

function edit(file: string) {
  return { tool_name: 'Write', tool_input: { file_path: path.join(root, file) } }
}

async function holders(address: string) {
  return check(await session(), { addresses: [address] }).holders.map(({ runId }) => runId)
}

async function staged(file: string) {
  await reserve(await session(), { addresses: [file], runId: 'agent-9', ttlSeconds: 600, deny: true })
  fs.appendFileSync(path.join(root, file), 'more\n')
  git(root, 'add', '--', file)
  return session()
}

describe('a file that the disk spells otherwise than its address', () => {
  it('is guarded', async () => {
    const opened = await staged(DECOMPOSED)
    expect(await guard(opened, { hook: 'pre-commit', runId: 'agent-7' })).toMatchObject({
      status: 'held',
      conflicts: [{ address: ADDRESS, runId: 'agent-9' }],
    })
  })

  it('stays held at the end of a turn as long as git has not committed it', async () => {
    await call('PreToolUse', edit(DECOMPOSED))
    fs.appendFileSync(path.join(root, DECOMPOSED), 'more\n')
    await call('Stop')
    expect(await holders(ADDRESS)).toEqual(['claude-9f3c1a2b3c4d'])
    git(root, 'commit', '--quiet', '--all', '--message', 'More')
    await call('Stop')
    expect(await holders(ADDRESS)).toEqual([])
  })
})

describe('the guard of a store that cannot be read', () => {
  it('lets nothing pass as free', async () => {
    const opened = await staged('src/a.ts')
    const place = path.join(root, '.muse/coordination/reservations')
    fs.rmSync(place, { recursive: true })
    fs.symlinkSync(temporaryDirectory(), place)
    await expect(guard(opened, { hook: 'pre-commit', runId: 'agent-7' })).rejects.toMatchObject({ code: 'FILE_FAILED' })
  })
})

describe('an agent that is killed', () => {
  it('holds nothing of what its hook has reserved for whoever looks next', async () => {
    // An agent calls its hooks by a shell, and lives on.
    const script = `
      const { spawnSync } = require('node:child_process')
      const hook = (input) => spawnSync('/bin/sh', ['-c', '"$0" "$1" hook claude; true', process.execPath, ${JSON.stringify(EXECUTABLE)}], { input: JSON.stringify(input) })
      const at = { session_id: '01990b52-9f3c1a2b3c4d', cwd: ${JSON.stringify(root)} }
      hook({ ...at, hook_event_name: 'SessionStart' })
      hook({ ...at, hook_event_name: 'PreToolUse', ...${JSON.stringify(edit('src/a.ts'))} })
      console.log('reserved')
      setInterval(() => {}, 1000)`
    const agent = spawn(process.execPath, ['-e', script], { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] })
    cleanUp(() => agent.kill('SIGKILL'))
    await once(agent.stdout, 'data')
    expect(await holders('src/a.ts')).toEqual(['claude-9f3c1a2b3c4d'])
    agent.kill('SIGKILL')
    await once(agent, 'exit')
    expect(await holders('src/a.ts')).toEqual([])
    const next = { addresses: ['src/a.ts'], runId: 'agent-7', ttlSeconds: 600, deny: true }
    expect(await reserve(await session(), next)).toMatchObject({ status: 'ok' })
  })
})
