import { execFile } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import {
  freshness,
  hasNeverPulled,
  isHeldBy,
  lookForHolder,
  noteCollisions,
  placeName,
  placeOf,
  readLivingHolds,
  type Session,
  unreadHolds,
} from '../../src/plugin.js'
import { type Conflict, meetings } from '../reserving/conflicts.js'

/** The hooks of git that are guarded. */
export type GuardedHook = 'pre-commit' | 'pre-push'

export interface GuardRequest {
  readonly hook: GuardedHook
  /** Who commits; `null`: a person, whom nothing that runs of this tree hold concerns. */
  readonly runId: string | null
  /** What git tells its pre-push hook: a line for each ref. */
  readonly refs?: string
}

export interface Guarded {
  /** `unknown`: nothing is known to be held, see {@link unchecked}. `off`: by `MUSE_COORD_GUARD`. `passed`: git is in the midst of a merge or a rebase. */
  readonly status: 'free' | 'held' | 'unknown' | 'off' | 'passed'
  /** The files that were looked at, from the top of the working tree that has the store. */
  readonly files: readonly string[]
  readonly conflicts: readonly Conflict[]
  /** With `unknown`: why nobody can tell. */
  readonly unchecked: string | null
}

const NOTHING = { files: [], conflicts: [], unchecked: null } as const

const MAX_BYTES = 16 * 1024 * 1024
const MAX_MILLISECONDS = 10_000
/** Files of `.git` that are there while commits are made of what others wrote. */
const UNDER_WAY = ['MERGE_HEAD', 'rebase-merge', 'rebase-apply', 'CHERRY_PICK_HEAD', 'REVERT_HEAD']
const NO_COMMIT = /^0+$/

/** Whether what is about to be committed, or pushed, is held by another run exclusively, in whichever working tree. */
export async function guard(session: Session, { hook, runId, refs = '' }: GuardRequest): Promise<Guarded> {
  if (session.env.MUSE_COORD_GUARD === 'off') return { ...NOTHING, status: 'off' }
  if (hook === 'pre-commit' && (await isUnderWay(session))) return { ...NOTHING, status: 'passed' }
  const named = hook === 'pre-commit' ? await stagedFiles(session) : await pushedFiles(session, refs)
  const { workspace } = session
  const prefix = await placeInTree(session)
  const files = prefix === null ? [] : named.map((name) => prefix + name)
  const here = placeName(placeOf(workspace.repo))
  const look = () => {
    const others = readLivingHolds(workspace).filter((hold) => {
      if (!hold.isExclusive) return false
      return runId === null ? hold.place == null || placeName(hold.place) !== here : !isHeldBy(workspace, hold, runId)
    })
    return meetings(workspace, others, files)
  }
  const conflicts = lookForHolder(workspace, look, (met) => met.length > 0)
  noteCollisions(
    session,
    runId ?? '',
    conflicts.map(({ kind, recordId, heldAddress }) => ({ kind, recordId, what: heldAddress })),
  )
  if (conflicts.length > 0) return { status: 'held', files, conflicts, unchecked: null }
  const unchecked = files.length === 0 ? null : whyUnknown(session)
  return { status: unchecked === null ? 'free' : 'unknown', files, conflicts, unchecked }
}

/** Why others may hold more than is known here; `null`: all is known. */
function whyUnknown(session: Session): string | null {
  const [broken] = unreadHolds(session.workspace)
  if (broken !== undefined) return `${broken.path} ${broken.reason}`
  return hasNeverPulled(freshness(session)) ? 'it was never pulled what others hold' : null
}

/**
 * What stands before the paths of git to make addresses of them: a submodule, or a clone that lies in the tree with the store,
 * counts from its own top. `null`: it lies in no tree of the store, and its files are nobody's.
 */
async function placeInTree(session: Session): Promise<string | null> {
  const top = fs.realpathSync((await git(session, ['rev-parse', '--show-toplevel'])).replace(/\r?\n$/, ''))
  const inside = path.relative(session.workspace.repo.tree, top).split(path.sep).join('/')
  if (inside === '') return ''
  return path.isAbsolute(inside) || inside.split('/')[0] === '..' ? null : `${inside}/`.normalize('NFC')
}

async function isUnderWay(session: Session): Promise<boolean> {
  const paths = await git(session, ['rev-parse', ...UNDER_WAY.flatMap((name) => ['--git-path', name])])
  return paths.split('\n').some((one) => one !== '' && fs.existsSync(path.resolve(session.directory, one)))
}

/** Of what was renamed both names count. */
async function stagedFiles(session: Session): Promise<readonly string[]> {
  return names(await git(session, ['diff', '--cached', '--name-only', '-z', '--no-renames', '--diff-filter=ACDMRT']))
}

async function pushedFiles(session: Session, refs: string): Promise<readonly string[]> {
  const files = new Set<string>()
  for (const line of refs.split('\n')) {
    const [, local = '', , remote = ''] = line.split(' ')
    if (local === '' || NO_COMMIT.test(local)) continue
    // A new branch is judged by what no remote has yet, and not by the whole of its history.
    const range = NO_COMMIT.test(remote) ? [local, '--not', '--remotes'] : [`${remote}..${local}`]
    const log = ['log', '--no-merges', '--format=', '--name-only', '-z', '--no-renames', ...range]
    for (const name of names(await git(session, log))) files.add(name)
  }
  return [...files]
}

/** Spelt as addresses are, whatever the disk has. */
function names(text: string): readonly string[] {
  return [...new Set(text.normalize('NFC').split(/[\0\n]/))].filter((name) => name !== '')
}

/** git's own variables are kept: they name the index and the tree that are about to be committed. */
function git({ directory, env, signal }: Session, args: readonly string[]): Promise<string> {
  const limits = { timeout: MAX_MILLISECONDS, maxBuffer: MAX_BYTES, signal }
  return new Promise((resolve, reject) => {
    execFile('git', args, { cwd: directory, env: { ...env }, encoding: 'utf8', ...limits }, (error, stdout) =>
      error === null ? resolve(stdout) : reject(error),
    )
  })
}
