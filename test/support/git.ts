import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'

/** Nobody's settings but these: no hooks, no signing, one name for the first branch. */
const ENVIRONMENT = {
  PATH: process.env.PATH ?? '',
  HOME: os.tmpdir(),
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: os.devNull,
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.com',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.com',
}

/** Runs git in a directory and returns what it prints. */
export function git(directory: string, ...args: readonly string[]): string {
  const settings = ['-c', 'init.defaultBranch=main', '-c', 'protocol.file.allow=always']
  return execFileSync('git', [...settings, ...args], {
    cwd: directory,
    env: ENVIRONMENT,
    encoding: 'utf8',
    stdio: 'pipe',
  })
}

/** What a repository with these files came to: each entry's path, content (`null`: a directory) and mode. */
type Snapshot = readonly (readonly [name: string, content: Buffer | null, mode: number])[]

const snapshots = new Map<string, Snapshot>()

/** A repository with one commit that holds these files. Each after the first is written as that one was: git takes three processes. */
export function repository(
  directory: string,
  files: Readonly<Record<string, string>> = { 'README.md': 'hello\n' },
): string {
  fs.mkdirSync(directory, { recursive: true })
  // What stands there already is committed as well.
  const key = fs.readdirSync(directory).length === 0 ? JSON.stringify(files) : null
  const known = key === null ? undefined : snapshots.get(key)
  if (known !== undefined) writeSnapshot(directory, known)
  else makeRepository(directory, files)
  if (key !== null && known === undefined) snapshots.set(key, snapshotOf(directory))
  return directory
}

function makeRepository(directory: string, files: Readonly<Record<string, string>>): void {
  git(directory, 'init', '--quiet')
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(directory, name)), { recursive: true })
    fs.writeFileSync(path.join(directory, name), text)
  }
  git(directory, 'add', '--all')
  git(directory, 'commit', '--quiet', '--message', 'First')
}

function snapshotOf(directory: string): Snapshot {
  const entries = fs.readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort()
  // The samples of hooks are most of it, and nobody's.
  return entries
    .filter((name) => !name.endsWith('.sample'))
    .map((name) => {
      const file = path.join(directory, name)
      const entry = fs.statSync(file)
      return [name, entry.isDirectory() ? null : fs.readFileSync(file), entry.mode]
    })
}

function writeSnapshot(directory: string, snapshot: Snapshot): void {
  for (const [name, content, mode] of snapshot) {
    const file = path.join(directory, name)
    if (content === null) fs.mkdirSync(file)
    else fs.writeFileSync(file, content, { mode })
  }
}
