import fs from 'node:fs'
import path from 'node:path'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { callsHooksOfSettings } from '../../plugins/agents/git-settings-hooks.js'
import { doctor, init, openSession, setup } from '../../src/index.js'
import { git, repository } from '../support/git.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

let root: string
let env: Record<string, string>

beforeEach(async () => {
  const place = temporaryDirectory()
  root = repository(path.join(place, 'repo'), { 'src/a.ts': 'a\n' })
  const bin = path.join(place, 'bin')
  fs.mkdirSync(bin)
  for (const name of ['claude', 'codex', 'muse-coord'])
    fs.writeFileSync(path.join(bin, name), '#!/bin/sh\n', { mode: 0o755 })
  env = { HOME: place, PATH: `${bin}:/usr/bin:/bin` }
  init(await openSession({ directory: root, env }))
})

/** What `doctor` says of hooks, each with its cure. */
async function told(directory = root) {
  const { findings } = await doctor(await openSession({ directory, env }))
  return findings.flatMap(({ check, message, cure }) =>
    check === 'hooks' ? [cure === null ? message : `${message} → ${cure}`] : [],
  )
}

async function setUp() {
  await setup(await openSession({ directory: root, env }), { agents: ['claude', 'codex'] })
}

const UNCHECKED = "no call of an agent's hook went unchecked"

describe('doctor, of agents', () => {
  it('says which programs call the hook, and whether git calls the guard', async () => {
    expect(await told()).toEqual([
      'Claude Code calls no hook here; muse-coord setup claude has it do so',
      'Codex calls no hook here; muse-coord setup codex has it do so',
      'pre-commit is not guarded; muse-coord setup guards it',
      'pre-push is not guarded; muse-coord setup guards it',
      UNCHECKED,
    ])
    await setUp()
    expect(await told()).toEqual([
      'Claude Code calls the hook (project)',
      'Codex calls the hook (project), once they are trusted in it',
      'pre-commit is guarded',
      'pre-push is guarded',
      UNCHECKED,
    ])
  })

  it('names hooks of another version, and a guard that git passes by', async () => {
    await setUp()
    const settings = path.join(root, '.claude/settings.json')
    fs.writeFileSync(settings, fs.readFileSync(settings, 'utf8').replace('"timeout": 5', '"timeout": 4'))
    const hook = path.join(fs.realpathSync(root), '.git/hooks/pre-commit')
    fs.chmodSync(hook, 0o644)
    expect(await told()).toEqual(
      expect.arrayContaining([
        'the hooks of Claude Code (project) are not those of this version → muse-coord setup claude',
        `git passes ${hook} by, for nobody may execute it → chmod +x ${hook}`,
      ]),
    )
  })

  it('says where another tool writes the hooks of git', async () => {
    const file = path.join(root, 'lefthook.yml')
    fs.writeFileSync(file, 'pre-commit: {}\n')
    await setUp()
    if (callsHooksOfSettings(git(root, 'version'))) {
      expect(await told()).toContain('commits and pushes are guarded by hooks in the settings of git')
      return
    }
    expect(await told()).toContainEqual(expect.stringContaining('commits are not guarded: add a job to lefthook.yml'))
    fs.writeFileSync(file, 'pre-commit: { commands: { muse-coord: { run: muse-coord guard pre-commit } } }\n')
    expect(await told()).toContain('commits are guarded by what writes the hooks of git here')
  })

  it('asks of no hook of husky that somebody may execute it, for husky calls it by a shell', async () => {
    fs.mkdirSync(path.join(root, '.husky/_'), { recursive: true })
    fs.writeFileSync(path.join(root, '.husky/pre-commit'), 'npm test\n', { mode: 0o644 })
    git(root, 'config', 'core.hooksPath', '.husky/_')
    await setUp()
    expect(await told()).toContain('pre-commit is guarded')
    expect(fs.readFileSync(path.join(root, '.husky/pre-commit'), 'utf8')).toContain('npm test')
  })

  it('says that git calls no hook in a working tree in which husky has not been run', async () => {
    fs.mkdirSync(path.join(root, '.husky/_'), { recursive: true })
    fs.writeFileSync(path.join(root, '.husky/_/.gitignore'), '*')
    fs.writeFileSync(path.join(root, '.husky/pre-commit'), 'npm test\n')
    git(root, 'config', 'core.hooksPath', '.husky/_')
    await setUp()
    git(root, 'add', '--all')
    git(root, 'commit', '--quiet', '--no-verify', '--message', 'Set up')
    const linked = path.join(env.HOME as string, 'linked')
    git(root, 'worktree', 'add', '--quiet', linked)
    const uncalled = 'git calls no hooks in this working tree, for husky has not been run in it'
    expect(await told()).not.toContainEqual(expect.stringContaining(uncalled))
    expect(await told(linked)).toContain(`${uncalled} → npx husky`)
    const { unguarded } = await setup(await openSession({ directory: linked, env }), { agents: ['claude'] })
    expect(unguarded).toBe(`${uncalled}: npx husky`)
  })
})
