import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { knownPrograms } from '../../plugins/agents/agent-run.js'
import { hook } from '../../plugins/agents/hook.js'
import { watchNews } from '../../plugins/agents/watch-news.js'
import { release } from '../../plugins/reserving/release.js'
import { init, openSession, reserve } from '../../src/index.js'
import type { AgentProgram, Session } from '../../src/plugin.js'
import { repository } from '../support/git.js'
import { EXECUTABLE } from '../support/run-executable.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

let session: Session
let root: string
let ending: AbortController

beforeEach(async () => {
  const place = temporaryDirectory()
  root = repository(path.join(place, 'repo'), { 'src/a.ts': 'a\n' })
  ending = new AbortController()
  const env = { HOME: place, PATH: process.env.PATH ?? '', CLAUDE_CODE_ENTRYPOINT: 'cli' }
  session = await openSession({ directory: root, env, signal: ending.signal })
  init(session)
})

function request(hook_event_name: string, fields: object = {}, name = 'claude') {
  const program = knownPrograms(session).find((one) => one.name === name) as AgentProgram
  const text = JSON.stringify({ hook_event_name, session_id: '01990b52-9f3c1a2b3c4d', cwd: root, ...fields })
  return { program, eventName: null, input: { text } }
}

const START = () => request('SessionStart', { source: 'startup' })

function edit() {
  return hook(session, request('PreToolUse', { tool_name: 'Write', tool_input: { file_path: `${root}/src/a.ts` } }))
}

function hold() {
  return reserve(session, { addresses: ['src/a.ts'], runId: 'agent-9', ttlSeconds: 600, deny: true })
}

describe('what waits for news beside a session', () => {
  it('tells what is free by now, and once', async () => {
    await hold()
    expect(JSON.stringify((await edit()).answer)).toContain('deny')
    const told = watchNews(session, START())
    // Another one has nothing to do.
    await new Promise((done) => setTimeout(done, 50))
    expect(await watchNews(session, START())).toBeNull()
    await release(session, { runId: 'agent-9', reservations: null, reason: null })
    expect(await told).toBe('muse-coord: src/a.ts is free now, which you were refused.')
    const next = watchNews(session, START())
    await new Promise((done) => setTimeout(done, 50))
    ending.abort()
    expect(await next).toBeNull()
  })

  it('ends with its session', async () => {
    await hook(session, START())
    const told = watchNews(session, START())
    await hook(session, request('SessionEnd', { reason: 'other' }))
    expect(await told).toBeNull()
  })

  it.each([
    [
      'a session that cannot be woken',
      () => ({ own: session.with({ env: { ...session.env, CLAUDE_CODE_ENTRYPOINT: 'sdk-cli' } }), asked: START() }),
    ],
    ['a program that wakes nobody', () => ({ asked: request('SessionStart', { source: 'startup' }, 'codex') })],
    ['an event of something else', () => ({ asked: request('Notification') })],
  ] as readonly (readonly [string, () => { own?: Session; asked: ReturnType<typeof request> }])[])(
    'ends at once for %s',
    async (_what, given) => {
      await hold()
      await edit()
      const { own = session, asked } = given()
      expect(await watchNews(own, asked)).toBeNull()
    },
  )

  it('ends with 2 and says it on stderr, and with 0 where there is nothing to wait for', async () => {
    await hold()
    await edit()
    await release(session, { runId: 'agent-9', reservations: null, reason: null })
    const run = (entrypoint: string, cwd = root) =>
      spawnSync(process.execPath, [EXECUTABLE, 'hook', 'claude', '--watch'], {
        cwd,
        input: START().input.text,
        env: { ...session.env, CLAUDE_CODE_ENTRYPOINT: entrypoint },
        encoding: 'utf8',
      })
    expect(run('sdk-cli')).toMatchObject({ status: 0, stdout: '', stderr: '' })
    expect(run('cli')).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining('src/a.ts is free now') })
  })
})
