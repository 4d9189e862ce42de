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

/** A repository with one commit that holds these files. */
export function repository(
  directory: string,
  files: Readonly<Record<string, string>> = { 'README.md': 'hello\n' },
): string {
  fs.mkdirSync(directory, { recursive: true })
  git(directory, 'init', '--quiet')
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(directory, name)), { recursive: true })
    fs.writeFileSync(path.join(directory, name), text)
  }
  git(directory, 'add', '--all')
  git(directory, 'commit', '--quiet', '--message', 'First')
  return directory
}
