import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { addSettingsHooks, callsHooksOfSettings, removeSettingsHooks } from '../../plugins/agents/git-settings-hooks.js'
import { init, openSession, reserve, status } from '../../src/index.js'
import { git, repository } from '../support/git.js'
import { runCli } from '../support/run-cli.js'
import { EXECUTABLE } from '../support/run-executable.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

const version = spawnSync('git', ['version'], { encoding: 'utf8' }).stdout.trim()

let place: string
let root: string
let env: Record<string, string>

beforeEach(async () => {
  place = temporaryDirectory()
  root = repository(path.join(place, 'repo'), { 'src/a.ts': 'a\n', 'src/b ü.ts': 'b\n' })
  const bin = path.join(place, 'bin')
  fs.mkdirSync(bin)
  const script = `#!/bin/sh\nexec '${process.execPath}' '${EXECUTABLE}' "$@"\n`
  fs.writeFileSync(path.join(bin, 'muse-coord'), script, { mode: 0o755 })
  env = { HOME: place, PATH: `${bin}:${process.env.PATH}`, GIT_CONFIG_NOSYSTEM: '1' }
  for (const who of ['AUTHOR', 'COMMITTER'])
    Object.assign(env, { [`GIT_${who}_NAME`]: 'A', [`GIT_${who}_EMAIL`]: 'a@b' })
  init(await openSession({ directory: root, env }))
})

function run(program: string, args: readonly string[], more: Record<string, string> = {}, cwd = root) {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, env: { ...env, ...more }, encoding: 'utf8' })
  return { status, said: stdout + stderr }
}

function setUp(...argv: readonly string[]) {
  return run('muse-coord', ['setup', 'claude', ...argv])
}

/** Changes a file and commits it, as a run or as a person. */
function commit(file: string, runId?: string, cwd = root) {
  fs.appendFileSync(path.join(cwd, file), 'more\n')
  const who = runId === undefined ? {} : { MUSE_COORD_RUN_ID: runId }
  run('git', ['add', '--', file], {}, cwd)
  return run('git', ['commit', '--quiet', '--message', 'More'], who, cwd)
}

async function hold(address: string, runId: string, directory = root) {
  await reserve(await openSession({ directory, env }), { addresses: [address], runId, ttlSeconds: 600, deny: true })
}

describe('the guard of commits', () => {
  it('passes nothing when it is interrupted: who stops a commit does not want it', async () => {
    await hold('src/a.ts', 'agent-9')
    fs.appendFileSync(path.join(root, 'src/a.ts'), 'more\n')
    git(root, 'add', '--', 'src/a.ts')
    const guard = (signal?: AbortSignal) =>
      runCli({ root, env }, ['guard', 'pre-commit', '--run-id', 'agent-7', '--json'], signal && { signal })
    expect(await guard(AbortSignal.abort())).toMatchObject({ exitCode: 130 })
    expect(await guard()).toMatchObject({ exitCode: 6 })
  })

  it('refuses what another run holds, in every working tree, and lets its own and the rest pass', async () => {
    setUp()
    git(root, 'worktree', 'add', '--quiet', path.join(place, 'linked'))
    await hold('src/b ü.ts', 'agent-9')
    expect(commit('src/a.ts', 'agent-7').status).toBe(0)
    const refused = commit('src/b ü.ts', 'agent-7', path.join(place, 'linked'))
    expect(refused.status).not.toBe(0)
    expect(refused.said).toContain('agent-9')
    const { worth } = await status(await openSession({ directory: root, env }))
    expect(worth.days).toMatchObject([{ collisionsPrevented: 1, runs: [{ runId: 'agent-7' }] }])
    expect(commit('src/b ü.ts', 'agent-9').status).toBe(0)
  })

  it('keeps a person out of what is held in another tree, and not in this one', async () => {
    setUp()
    git(root, 'worktree', 'add', '--quiet', path.join(place, 'linked'))
    await hold('src/a.ts', 'agent-9')
    expect(commit('src/a.ts').status).toBe(0)
    expect(commit('src/a.ts', undefined, path.join(place, 'linked')).status).not.toBe(0)
  })

  it('passes when it is switched off, and where it cannot be checked, which it says', async () => {
    setUp()
    await hold('src/a.ts', 'agent-9')
    expect(commit('src/a.ts', 'agent-7').status).not.toBe(0)
    env.MUSE_COORD_GUARD = 'off'
    expect(commit('src/a.ts', 'agent-7').status).toBe(0)
    delete env.MUSE_COORD_GUARD
    fs.writeFileSync(path.join(root, '.muse/config.toml'), '[coord]\nowner = 7\nplugins = 3\n')
    expect(commit('src/a.ts', 'agent-7')).toMatchObject({ status: 0, said: expect.stringContaining('not checked') })
  })

  it('refuses a push of it, and judges a new branch by what is new', async () => {
    git(place, 'init', '--bare', '--quiet', 'remote.git')
    git(root, 'remote', 'add', 'origin', path.join(place, 'remote.git'))
    commit('src/a.ts')
    git(root, 'push', '--quiet', 'origin', 'main')
    setUp()
    await hold('src/a.ts', 'agent-9')
    const push = (...args: readonly string[]) =>
      run('git', ['push', '--quiet', 'origin', ...args], { MUSE_COORD_RUN_ID: 'agent-7' })
    expect(push('main:fresh').status).toBe(0)
    env.MUSE_COORD_GUARD = 'off'
    commit('src/a.ts', 'agent-7')
    delete env.MUSE_COORD_GUARD
    expect(push('main').status).not.toBe(0)
    expect(push('main:other').status).not.toBe(0)
  })

  it('stands before the hooks that are there, which go on, and leaves them as they were', () => {
    const hook = path.join(root, '.git/hooks/pre-push')
    const script = '#!/bin/sh\ncat > refs.txt\nexit 0\n'
    fs.writeFileSync(hook, script, { mode: 0o755 })
    git(place, 'init', '--bare', '--quiet', 'remote.git')
    setUp()
    expect(run('git', ['push', '--quiet', path.join(place, 'remote.git'), 'main']).status).toBe(0)
    expect(fs.readFileSync(path.join(root, 'refs.txt'), 'utf8')).toMatch(/^refs\/heads\/main [0-9a-f]{40} /)
    setUp('--remove')
    expect(fs.readFileSync(hook, 'utf8')).toBe(script)
    expect(fs.statSync(hook).mode & 0o777).toBe(0o755)
    expect(fs.existsSync(path.join(root, '.git/hooks/pre-commit'))).toBe(false)
  })

  it('stands before a hook of another language, which goes on with what it is given', async () => {
    const hook = path.join(root, '.git/hooks/pre-commit')
    const script = `#!${process.execPath}\nrequire('node:fs').writeFileSync('ran.txt', 'yes')\n`
    fs.writeFileSync(hook, script, { mode: 0o755 })
    setUp()
    setUp()
    await hold('src/a.ts', 'agent-9')
    expect(commit('src/a.ts', 'agent-7').said).toContain('agent-9')
    expect(fs.existsSync(path.join(root, 'ran.txt'))).toBe(false)
    expect(commit('src/a.ts', 'agent-9').status).toBe(0)
    expect(fs.readFileSync(path.join(root, 'ran.txt'), 'utf8')).toBe('yes')
    setUp('--remove')
    expect(fs.readFileSync(hook, 'utf8')).toBe(script)
    expect(fs.readdirSync(path.dirname(hook)).filter((name) => name.includes('muse-coord'))).toEqual([])
  })

  it('is in the way of no merge and no rebase of what others wrote', async () => {
    setUp()
    git(root, 'checkout', '--quiet', '-b', 'side')
    commit('src/a.ts', 'agent-7')
    git(root, 'checkout', '--quiet', 'main')
    commit('src/b ü.ts', 'agent-7')
    await hold('src/a.ts', 'agent-9')
    const agent = { MUSE_COORD_RUN_ID: 'agent-7' }
    expect(run('git', ['merge', '--quiet', '--no-edit', 'side'], agent).status).toBe(0)
    git(root, 'reset', '--quiet', '--hard', 'HEAD~1')
    git(root, 'checkout', '--quiet', 'side')
    expect(run('git', ['rebase', '--quiet', '--force-rebase', 'main'], agent).status).toBe(0)
  })

  it('is made to be called again where nobody could, and switches on no hook of others', async () => {
    const [own, others] = ['pre-push', 'pre-commit'].map((name) => path.join(root, '.git/hooks', name)) as [
      string,
      string,
    ]
    fs.writeFileSync(others, '#!/bin/sh\ntouch ran.txt\n', { mode: 0o644 })
    setUp()
    fs.chmodSync(own, 0o644)
    expect(setUp().said).toContain(`changed: ${fs.realpathSync(own)}`)
    expect(fs.statSync(own).mode & 0o777).toBe(0o755)
    expect(setUp().said).toContain(`unchanged: ${fs.realpathSync(own)}`)
    await hold('src/a.ts', 'agent-9')
    expect(commit('src/a.ts', 'agent-7').said).toContain('agent-9')
    expect(commit('src/a.ts', 'agent-9').status).toBe(0)
    expect(fs.existsSync(path.join(root, 'ran.txt'))).toBe(false)
    setUp('--remove')
    expect(fs.readFileSync(others, 'utf8')).toBe('#!/bin/sh\ntouch ran.txt\n')
    expect(fs.statSync(others).mode & 0o777).toBe(0o644)
  })

  it('goes to where husky looks, and to no hooks of every repository', () => {
    fs.mkdirSync(path.join(root, '.husky/_'), { recursive: true })
    fs.writeFileSync(path.join(root, '.husky/pre-commit'), 'npm test\n')
    git(root, 'config', 'core.hooksPath', '.husky/_')
    setUp()
    expect(fs.readFileSync(path.join(root, '.husky/pre-commit'), 'utf8')).toMatch(
      /^# muse-coord:begin[\s\S]*npm test\n$/,
    )
    git(root, 'config', '--unset', 'core.hooksPath')
    run('git', ['config', '--global', 'core.hooksPath', path.join(place, 'hooks')])
    const { said } = setUp()
    if (callsHooksOfSettings(version)) expect(said).toMatch(/changed: \S+\.git\/config\n/)
    else expect(said).toContain('commits are not guarded: core.hooksPath is set for every repository')
  })

  const itsSettings = callsHooksOfSettings(version) ? it : it.skip

  itsSettings(
    `stands in the settings of git where another tool writes the hooks (needs 2.54, has ${version})`,
    async () => {
      const settings = path.join(root, '.git/config')
      const before = fs.readFileSync(settings, 'utf8')
      fs.writeFileSync(path.join(root, 'lefthook.yml'), 'pre-commit: {}\n')
      git(place, 'init', '--bare', '--quiet', 'remote.git')
      const push = () =>
        run('git', ['push', '--quiet', path.join(place, 'remote.git'), 'main'], { MUSE_COORD_RUN_ID: 'agent-7' })
      expect(setUp().said).toContain(`changed: ${fs.realpathSync(settings)}`)
      // What lefthook has put there goes on.
      fs.writeFileSync(path.join(root, '.git/hooks/pre-commit'), '#!/bin/sh\ntouch ran.txt\n', { mode: 0o755 })
      git(root, 'worktree', 'add', '--quiet', path.join(place, 'linked'))
      await hold('src/a.ts', 'agent-9')
      expect(commit('src/a.ts', 'agent-7', path.join(place, 'linked')).said).toContain('agent-9')
      expect(commit('src/a.ts', 'agent-9').status).toBe(0)
      expect(fs.existsSync(path.join(root, 'ran.txt'))).toBe(true)
      expect(push().said).toContain('agent-9')
      setUp('--remove')
      expect(fs.readFileSync(settings, 'utf8')).toBe(before)
      expect(push().status).toBe(0)
    },
  )
})

describe('the hooks in the settings of git', () => {
  it.each([
    ['git version 2.54.0', true],
    ['git version 2.100.1.windows.1', true],
    ['git version 3.0.0', true],
    ['git version 2.39.5 (Apple Git-154)', false],
    ['', false],
  ])('are called by %j: %j', (told, isCalled) => {
    expect(callsHooksOfSettings(told)).toBe(isCalled)
  })

  it('are written and taken out to the byte', () => {
    for (const text of ['', '[core]\n\tbare = false\n', '[a]\r\n\tb = c']) {
      const added = addSettingsHooks(text)
      const file = path.join(place, 'config')
      fs.writeFileSync(file, added)
      const read = (key: string) => git(place, 'config', '--file', file, '--get', key).trim()
      expect(read('hook.muse-coord-pre-push.event')).toBe('pre-push')
      expect(read('hook.muse-coord-pre-commit.command')).toMatch(/\|\| exit 0; exec muse-coord guard pre-commit >&2$/)
      expect(addSettingsHooks(added)).toBe(added)
      expect(removeSettingsHooks(added)).toBe(text)
    }
  })
})
