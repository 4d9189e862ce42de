import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it, jest } from '@jest/globals'
import { cleanUp } from '../../support/clean-up.js'
import { repository } from '../../support/git.js'
import { EXECUTABLE } from '../../support/run-executable.js'
import { temporaryDirectory } from '../../support/temporary-directory.js'
import { executablesOf } from './cache.mjs'
import { realPrograms } from './real-programs.js'
import { startModel } from './scripted-model.js'

jest.setTimeout(120_000)

const { claude } = realPrograms
const directory = executablesOf('claude')
/** Of util-linux: gives a program a terminal. */
const TERMINAL = 'script'
const hasTerminal = spawnSync(TERMINAL, ['--version']).status === 0
const missing = directory === null ? 'claude is not installed' : hasTerminal ? null : 'there is no program `script`'

/** The server of tools comes with the repository, so it is asked about. */
const MCP = { enabledMcpjsonServers: ['muse-coord'] }

/** Says to Claude Code what its first start asks. */
function answerFirstQuestions(home: string, tree: string): void {
  const settings = {
    hasCompletedOnboarding: true,
    theme: 'dark',
    customApiKeyResponses: { approved: ['x'], rejected: [] },
    projects: { [tree]: { hasTrustDialogAccepted: true, hasCompletedProjectOnboarding: true, ...MCP } },
  }
  fs.writeFileSync(path.join(home, '.claude.json'), JSON.stringify(settings))
}

describe('an interactive session of Claude Code', () => {
  const test = missing === null ? it : it.skip
  const sentence = 'that waits for its user is woken when the file is free that it was refused'
  test(missing === null ? sentence : `${sentence} (${missing})`, async () => {
    const place = temporaryDirectory()
    const tree = repository(path.join(place, 'repo'), { 'src/a.ts': 'a\n' })
    const [home, bin] = [path.join(place, 'home'), path.join(place, 'bin')]
    for (const one of [home, bin]) fs.mkdirSync(one)
    fs.writeFileSync(path.join(bin, 'muse-coord'), `#!/bin/sh\nexec '${process.execPath}' '${EXECUTABLE}' "$@"\n`, {
      mode: 0o755,
    })
    const PATH = [directory, bin, path.dirname(process.execPath), '/usr/bin', '/bin'].join(path.delimiter)
    const env = { HOME: home, PATH, TERM: 'xterm-256color', SHELL: '/bin/sh' }
    const coord = (...argv: readonly string[]) =>
      spawnSync(process.execPath, [EXECUTABLE, ...argv], { cwd: tree, env, encoding: 'utf8' })
    coord('setup', 'claude')
    const hold = () => coord('reserve', 'src/a.ts', '--deny', '--run-id', 'agent-9')
    hold()
    answerFirstQuestions(home, tree)
    const model = await startModel([
      { move: claude.overwrite(tree) },
      { move: { text: 'done' } },
      { move: claude.overwrite(tree), before: hold },
      { move: { text: 'done' } },
      { move: { text: 'heard' } },
    ])
    const command = `stty cols 120 rows 40; exec claude go --permission-mode acceptEdits`
    const terminal = spawn(TERMINAL, ['-qfec', command, '/dev/null'], {
      cwd: tree,
      env: { ...env, ...claude.environment(model.url) },
    })
    cleanUp(() => end(terminal))
    let screen = ''
    terminal.stdout.on('data', (chunk) => {
      screen += chunk
    })
    const asked = async (times: number) => {
      const deadline = performance.now() + 40_000
      while (model.requests.length < times) {
        if (performance.now() > deadline)
          throw new Error(`asked ${model.requests.length} times: ${screen.slice(-3000)}`)
        await new Promise((done) => setTimeout(done, 50))
      }
    }
    // The first time by what its start has left running, then by what its turn's end has.
    for (const times of [2, 4]) {
      await asked(times)
      expect(model.requests[times - 1]).toContain('src/a.ts is held by the run agent-9')
      // Until it waits for its user.
      await new Promise((done) => setTimeout(done, 3000))
      expect(model.requests).toHaveLength(times)
      coord('release', '--all', '--run-id', 'agent-9')
      await asked(times + 1)
      expect(model.requests[times]).toContain('src/a.ts is free now, which you were refused')
    }
  })
})

/** As a person ends it: its hooks and servers end before the directory that they work in is removed. */
async function end(terminal: ChildProcess): Promise<void> {
  const ended = new Promise((done) => terminal.once('exit', done))
  for (let times = 0; times < 20 && terminal.exitCode === null && terminal.signalCode === null; times++) {
    terminal.stdin?.write('\u0003')
    await Promise.race([ended, new Promise((done) => setTimeout(done, 300))])
  }
  terminal.kill('SIGKILL')
  await new Promise((done) => setTimeout(done, 1000))
}
