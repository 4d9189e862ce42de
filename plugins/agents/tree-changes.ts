import fs from 'node:fs'
import path from 'node:path'
import type { Session } from '../../src/plugin.js'
import { runGit } from '../run-git.js'
import type { TreeSnapshot } from './run-notes.js'

/** What git takes longer for is not waited for. */
const LIMITS = { milliseconds: 1000, bytes: 1024 * 1024 }

/**
 * The files of the working tree that differ from the last commit, new ones too, as paths from its top, spelt as addresses are
 * (NFC). `null`: git does not tell, or not in time.
 *
 * @param only paths that are asked about; all when left out
 */
export async function changedFiles(session: Session, only?: readonly string[]): Promise<readonly string[] | null> {
  return (await changedNames(session, only))?.map(addressOf) ?? null
}

function addressOf(name: string): string {
  return name.normalize('NFC')
}

/** As they are spelt on the disk. */
async function changedNames(session: Session, only?: readonly string[]): Promise<readonly string[] | null> {
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
  // A file may be spelt otherwise on the disk, where git finds it by its own spelling alone.
  const isPlain = only?.every((name) => /^\p{ASCII}*$/u.test(name)) ?? false
  const asked = [...status, ...(isPlain ? ['--', ...(only as readonly string[])] : [])]
  const { exitCode, stdout } = await runGit(session, tree, asked, LIMITS)
  return exitCode !== 0 ? null : stdout.split('\0').flatMap((line) => line.slice(3) || [])
}

/** The same with what tells later whether a file has changed again. */
export async function readTree(session: Session): Promise<TreeSnapshot | null> {
  const changed = await changedNames(session)
  if (changed === null) return null
  const { tree } = session.workspace.repo
  return Object.fromEntries(changed.map((name) => [addressOf(name), signatureOf(path.join(tree, name))]))
}

function signatureOf(file: string): string {
  const stats = fs.lstatSync(file, { throwIfNoEntry: false })
  return stats === undefined ? 'removed' : `${stats.size}:${stats.mtimeMs}`
}
