import fs from 'node:fs'
import path from 'node:path'
import type { Session } from '../../src/plugin.js'
import { runGit } from '../run-git.js'
import type { TreeSnapshot } from './run-notes.js'

/** What git takes longer for is not waited for. */
const LIMITS = { milliseconds: 1000, bytes: 1024 * 1024 }

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
  const asked = [...status, ...(only === undefined ? [] : ['--', ...only])]
  const { exitCode, stdout } = await runGit(session, tree, asked, LIMITS)
  return exitCode !== 0 ? null : stdout.split('\0').flatMap((line) => line.slice(3) || [])
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
