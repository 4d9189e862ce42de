import { execFile } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import type { Session } from '../../src/plugin.js'
import type { TreeSnapshot } from './run-notes.js'

/** What git takes longer for is not waited for. */
const MAX_MILLISECONDS = 1000
const MAX_BYTES = 1024 * 1024

/**
 * The files of the working tree that differ from the last commit, new ones too, as paths from its top. `null`: git does not
 * tell, or not in time.
 *
 * @param only paths that are asked about; all when left out
 */
export async function changedFiles(session: Session, only?: readonly string[]): Promise<readonly string[] | null> {
  const { tree, workingTree } = session.workspace.repo
  if (workingTree === null) return null
  const status = [
    '--no-optional-locks',
    '--literal-pathspecs',
    'status',
    '--porcelain',
    '-z',
    '--no-renames',
    '--untracked-files=all',
  ]
  const text = await git(tree, session, [...status, ...(only === undefined ? [] : ['--', ...only])])
  return text === null ? null : text.split('\0').flatMap((line) => line.slice(3) || [])
}

/** The same with what tells later whether a file has changed again. */
export async function readTree(session: Session): Promise<TreeSnapshot | null> {
  const changed = await changedFiles(session)
  if (changed === null) return null
  const { tree } = session.workspace.repo
  return Object.fromEntries(changed.map((name) => [name, signatureOf(path.join(tree, name))]))
}

function signatureOf(file: string): string {
  const stats = fs.lstatSync(file, { throwIfNoEntry: false })
  return stats === undefined ? 'removed' : `${stats.size}:${stats.mtimeMs}`
}

function git(directory: string, session: Session, args: readonly string[]): Promise<string | null> {
  // Of a hook of git these speak of another tree, or of an index that is not the tree's.
  const { GIT_DIR, GIT_INDEX_FILE, GIT_WORK_TREE, GIT_PREFIX, ...env } = session.env
  const limits = { timeout: MAX_MILLISECONDS, maxBuffer: MAX_BYTES, signal: session.signal }
  return new Promise((resolve) => {
    execFile('git', args, { cwd: directory, env, encoding: 'utf8', ...limits }, (error, stdout) =>
      resolve(error === null ? stdout : null),
    )
  })
}
