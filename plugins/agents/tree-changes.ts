import fs from 'node:fs'
import path from 'node:path'
import { findWorkingTree, type Session } from '../../src/plugin.js'
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
  const { tree } = session.workspace.repo
  const changed: string[] = []
  for (const [top, names] of only === undefined ? wholeTree(session) : byTree(tree, only)) {
    const found = top === null ? null : await changedIn(session, top, names)
    if (top === null || found === null) return null
    changed.push(...found.map((name) => pathIn(tree, path.join(top, name))))
  }
  return changed
}

/** Paths by the top of the working tree of git that they are looked up in, and from there; `null`: git knows nothing of them. */
type NamesByTree = ReadonlyMap<string | null, readonly string[]>

/** Where the store stands around several repositories, the one that the agent works in. */
function wholeTree({ workspace, directory }: Session): NamesByTree {
  const { tree, workingTree } = workspace.repo
  const top = workingTree === null ? (findWorkingTree(directory)?.top ?? null) : tree
  const isOutside = top !== null && pathIn(tree, top).startsWith('..')
  return new Map([[isOutside ? null : top, []]])
}

/** The innermost tree that each lies in. */
function byTree(tree: string, names: readonly string[]): NamesByTree {
  const found = new Map<string | null, string[]>()
  for (const name of names) {
    const whole = path.join(tree, name)
    const top = findWorkingTree(path.dirname(whole))?.top ?? null
    found.set(top, [...(found.get(top) ?? []), pathIn(top ?? tree, whole)])
  }
  return found
}

/**
 * What has changed in one working tree of git. In place of a submodule, or of a clone that lies in it, of which git tells no
 * more than that it has changed, stands what has changed in that.
 *
 * @param only paths that are asked about; all when empty
 */
async function changedIn(session: Session, top: string, only: readonly string[]): Promise<readonly string[] | null> {
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
  const isPlain = only.length > 0 && only.every((name) => /^\p{ASCII}*$/u.test(name))
  const { exitCode, stdout } = await runGit(session, top, [...status, ...(isPlain ? ['--', ...only] : [])], LIMITS)
  if (exitCode !== 0) return null
  const names = stdout.split('\0').flatMap((line) => line.slice(3) || [])
  const changed: string[] = []
  for (const name of names) {
    const whole = path.join(top, name)
    if (!fs.existsSync(path.join(whole, '.git'))) changed.push(name)
    else {
      const inside = await changedIn(session, whole, [])
      if (inside === null) return null
      changed.push(...inside.map((inner) => pathIn(top, path.join(whole, inner))))
    }
  }
  return changed
}

function pathIn(top: string, whole: string): string {
  return path.relative(top, whole).replaceAll(path.sep, '/')
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
