import { type Place, placeName, placeOf, readCurrentRuns, readHolds, type Session } from '../../src/plugin.js'
import { runGit } from '../run-git.js'
import { agentOf, type ForecastConflict } from './declared-conflicts.js'

/** What became of asking git. */
export interface GitAnswer {
  /**
   * `asked`: it was, about all that there was to ask. `partly`: not about all, as `unasked` tells. `absent`: there is no
   * git, or none here. `too_old`: it cannot merge without a working tree, as it can from 2.38 on.
   */
  readonly status: 'asked' | 'partly' | 'absent' | 'too_old'
  /** How many pairs of commits were merged. */
  readonly merges: number
  /** How many pairs were not: too many, too slow, or git failed. */
  readonly unasked: number
}

export interface MergeConflicts {
  readonly conflicts: readonly ForecastConflict[]
  readonly git: GitAnswer
}

/** A commit and the runs that build on it. */
interface Head {
  readonly commit: string
  readonly agents: readonly { readonly runId: string; readonly agent: string }[]
}

const MAX_MERGES = 60
const ALL_MILLISECONDS = 10_000
/** Of one call: a merge of large trees takes a second. */
const LIMITS = { milliseconds: 3000, bytes: 4 * 1024 * 1024 }
const MAX_FILES_TOLD = 50
const NOTHING_ASKED: GitAnswer = { status: 'asked', merges: 0, unasked: 0 }

/** The release that can merge without a working tree: major and minor number. */
const [MAJOR, MINOR] = [2, 38]
const CONFLICTS = 1

/**
 * Asks git which files would conflict, were the commits of the living runs merged two by two. What is not committed yet
 * is not seen. git keeps the trees that it makes as loose objects, which its own `gc` removes.
 *
 * @param runId only pairs that this run has a part in; `null`: all
 */
export async function mergeConflicts(session: Session, runId: string | null): Promise<MergeConflicts> {
  const { tree, workingTree } = session.workspace.repo
  if (workingTree === null) return { conflicts: [], git: { ...NOTHING_ASKED, status: 'absent' } }
  const runs = livingRuns(session)
  // The usual case, at no cost: all of them work in one place.
  if (new Set(runs.map(({ place }) => `${place.id} ${place.branch}`)).size < 2)
    return { conflicts: [], git: NOTHING_ASKED }
  const obstacle = await obstacleOf(session)
  if (obstacle !== null) return { conflicts: [], git: { ...NOTHING_ASKED, status: obstacle } }
  const pairs = pairsOf(await headsOf(session, runs)).filter((pair) => runId === null || pair.some(isOf(runId)))
  const conflicts: ForecastConflict[] = []
  const deadline = performance.now() + ALL_MILLISECONDS
  let merges = 0
  for (const [one, other] of pairs.slice(0, MAX_MERGES)) {
    if (performance.now() > deadline || session.signal.aborted) break
    const merge = ['merge-tree', '--write-tree', '--name-only', '--no-messages', '-z', one.commit, other.commit]
    const { exitCode, stdout } = await runGit(session, tree, merge, LIMITS)
    // Histories without a common beginning, or a commit that is not here.
    if (exitCode !== 0 && exitCode !== CONFLICTS) continue
    merges++
    const [, ...files] = stdout.split('\0').filter((name) => name !== '')
    if (exitCode === CONFLICTS) conflicts.push(...conflictsOf(one, other, [...new Set(files)], runId))
  }
  const unasked = pairs.length - merges
  return { conflicts, git: { status: unasked === 0 ? 'asked' : 'partly', merges, unasked } }
}

/** Why git cannot be asked. */
async function obstacleOf(session: Session): Promise<'absent' | 'too_old' | null> {
  const { exitCode, stdout } = await runGit(session, session.workspace.repo.tree, ['version'], LIMITS)
  const [, major = '', minor = ''] = /(\d+)\.(\d+)/.exec(stdout) ?? []
  if (exitCode !== 0 || major === '') return 'absent'
  const isNewEnough = Number(major) > MAJOR || (Number(major) === MAJOR && Number(minor) >= MINOR)
  return isNewEnough ? null : 'too_old'
}

interface PlacedRun {
  readonly runId: string
  readonly place: Place
}

function livingRuns({ workspace }: Session): readonly PlacedRun[] {
  return readCurrentRuns(workspace, readHolds(workspace)).flatMap(({ runId, place, state }) =>
    place === null || state === 'gone' || state === 'left' ? [] : { runId, place },
  )
}

/** The commits that the runs build on, each once; a run whose commit is not known here has none. */
async function headsOf(session: Session, runs: readonly PlacedRun[]): Promise<readonly Head[]> {
  const trees = await headsOfTrees(session)
  const elsewhere = runs.filter(({ place }) => !trees.has(place.id))
  const branches = await headsOfBranches(
    session,
    elsewhere.flatMap(({ place }) => place.branch ?? []),
  )
  const heads = new Map<string, Head['agents']>()
  for (const { runId, place } of runs) {
    const commit = trees.get(place.id) ?? branches.get(place.branch ?? '')
    if (commit === undefined) continue
    heads.set(commit, [...(heads.get(commit) ?? []), { runId, agent: agentOf(runId, place.branch ?? '') }])
  }
  return [...heads].map(([commit, agents]) => ({ commit, agents }))
}

/** What is checked out in the working trees of this machine, by the names of their places. */
async function headsOfTrees(session: Session): Promise<ReadonlyMap<string, string>> {
  const { repo } = session.workspace
  const { stdout } = await runGit(session, repo.tree, ['worktree', 'list', '--porcelain', '-z'], LIMITS)
  const heads = new Map<string, string>()
  let tree = ''
  for (const line of stdout.split('\0')) {
    const [, word, value = ''] = /^(worktree|HEAD) (.*)$/s.exec(line) ?? []
    if (word === 'worktree') tree = value
    const name = word === 'HEAD' ? placeName(placeOf({ ...repo, tree })) : null
    if (name !== null) heads.set(name, value)
  }
  return heads
}

/** The commits of branches of other machines, as far as they have been fetched; who has pushed to another remote comes after. */
async function headsOfBranches(session: Session, names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const heads = new Map<string, string>()
  if (names.length === 0) return heads
  const { tree } = session.workspace.repo
  const patterns = [...new Set(names)].flatMap((name) => [`refs/remotes/*/${name}`, `refs/heads/${name}`])
  const format = '--format=%(objectname) %(refname)'
  const { stdout } = await runGit(session, tree, ['for-each-ref', format, '--', ...patterns], LIMITS)
  for (const line of stdout.split('\n')) {
    const [, commit = '', branch = ''] = /^([0-9a-f]+) refs\/(?:remotes\/[^/]+|heads)\/(.+)$/.exec(line) ?? []
    // Those of remotes come last, and they are what the other machine has pushed.
    if (names.includes(branch)) heads.set(branch, commit)
  }
  return heads
}

function pairsOf(heads: readonly Head[]): readonly (readonly [Head, Head])[] {
  return heads.flatMap((one, index) => heads.slice(index + 1).map((other) => [one, other] as const))
}

function isOf(runId: string): (head: Head) => boolean {
  return ({ agents }) => agents.some((one) => one.runId === runId)
}

/** One for each two runs of the two commits. */
function conflictsOf(one: Head, other: Head, files: readonly string[], runId: string | null): ForecastConflict[] {
  const shown = files.slice(0, MAX_FILES_TOLD)
  const more = files.length > shown.length ? ` and ${files.length - shown.length} more` : ''
  return one.agents.flatMap((first) =>
    other.agents.flatMap((second): ForecastConflict[] => {
      if (first.runId === second.runId) return []
      if (runId !== null && first.runId !== runId && second.runId !== runId) return []
      const agents = [first.agent, second.agent] as const
      const description = `What ${agents.join(' and ')} have committed conflicts in ${shown.join(', ')}${more}.`
      return [{ conflictType: 'merge_conflict', addresses: shown, agents, first: null, confidence: 1, description }]
    }),
  )
}
