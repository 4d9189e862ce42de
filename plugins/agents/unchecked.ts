import {
  besideStore,
  CoordError,
  findRepo,
  formatTimestamp,
  locate,
  type Session,
  type StoreLook,
  type Workspace,
} from '../../src/plugin.js'

type Folder = ReturnType<Workspace['repo']['sync']['in']>

const FOLDER = 'unchecked'
const MAX_BYTES = 64 * 1024
/** For how long calls of runs count that were not heard of again. */
const COUNTED_MILLISECONDS = 24 * 3600 * 1000

/** After the name of a run: no character of that. */
const TOLD = '.told'

const UNWRITTEN = 'what was wrong could not be written down.'

/** Of a call that nobody can tell the run of. */
export const NO_RUN = 'unknown'

/** Calls of the hook that could not be answered. */
export interface Unchecked {
  readonly count: number
  /** Why the last one could not. */
  readonly fault: string
  /** ISO 8601, of the last one. */
  readonly at: string
}

/**
 * Notes that a call of a run was not answered, until one is: two files a run, a line a call. They lie in `.sync/unchecked/`, and
 * where nothing can be written there in `~/.muse/unchecked/`: what keeps a call from being answered often keeps that too.
 *
 * @param isTold the answer to that very call has said so: it is counted, and not told again
 */
export function noteUnchecked(session: Session, runId: string, fault: string, isTold: boolean): void {
  const name = nameOf(runId) + (isTold ? TOLD : '')
  const line = `${formatTimestamp(session.clock.now())} ${fault.replace(/\s+/g, ' ').slice(0, 500)}\n`
  try {
    const { directory, env, storage } = session
    add(folderIn(findRepo(directory, env, storage)), name, line)
  } catch (error) {
    const beside = folderBeside(session)
    if (beside === null) throw error
    sweep(session, beside)
    add(beside, name, line)
  }
}

function add(folder: Folder, name: string, line: string): void {
  if ((folder.stat(name)?.size ?? 0) <= MAX_BYTES) folder.append(name, line)
}

/** Whether something is noted of a run. */
export function isUnchecked(
  { workspace: { repo }, env }: Pick<StoreLook, 'workspace' | 'env'>,
  runId: string,
): boolean {
  const names = ['', TOLD].map((end) => nameOf(runId) + end)
  return [folderIn(repo), besideStore(env, repo.root, FOLDER)].some((folder) =>
    names.some((name) => folder !== null && folder.stat(name) !== null),
  )
}

/** Forgets what was noted of a run. Returns what is still to be told of it; `null`: nothing. */
export function takeUnchecked(session: Session, runId: string): Unchecked | null {
  const name = nameOf(runId)
  return sumOf(
    foldersOf(session).flatMap((folder) => {
      folder.remove(name + TOLD)
      if (folder.stat(name) === null) return []
      const found = read(folder, name)
      folder.remove(name)
      return found ?? []
    }),
  )
}

/** Forgets what counts no more: runs whose sessions have ended are not heard of again. */
export function sweepUnchecked(session: Session): void {
  for (const folder of foldersOf(session)) sweep(session, folder)
}

function sweep(session: Session, folder: Folder): void {
  for (const name of [...folder.names()]) if (!isCounted(session, folder, name)) folder.remove(name)
}

/** What is noted of all runs; `null`: every call was answered. */
export function readUnchecked(session: Session): Unchecked | null {
  return sumOf(
    foldersOf(session).flatMap((folder) =>
      [...folder.names()]
        .filter((name) => isCounted(session, folder, name))
        .flatMap((name) => read(folder, name) ?? []),
    ),
  )
}

function isCounted({ clock }: Session, folder: Folder, name: string): boolean {
  return (folder.stat(name)?.mtimeMs ?? 0) >= clock.now() - COUNTED_MILLISECONDS
}

function sumOf(found: readonly Unchecked[]): Unchecked | null {
  const last = [...found].sort((one, other) => (one.at < other.at ? -1 : 1)).at(-1)
  return last === undefined ? null : { ...last, count: found.reduce((sum, { count }) => sum + count, 0) }
}

function read(folder: Folder, name: string): Unchecked | null {
  const reading = folder.read(name, 2 * MAX_BYTES)
  if (!('text' in reading)) return null
  const lines = reading.text.split('\n').filter((line) => line !== '')
  const last = lines.at(-1)
  // On a full disk a file can be made, and nothing written into it.
  if (last === undefined) return { count: 1, at: formatTimestamp(folder.stat(name)?.mtimeMs ?? 0), fault: UNWRITTEN }
  const [at = '', ...words] = last.split(' ')
  return { count: lines.length, at, fault: words.join(' ') }
}

/** That of the store, where it is one that may be looked into, and that beside it. */
function foldersOf(session: Session): readonly Folder[] {
  const { directory, env, storage } = session
  const beside = folderBeside(session)
  try {
    return [folderIn(findRepo(directory, env, storage)), ...(beside === null ? [] : [beside])]
  } catch (error) {
    if (!(error instanceof CoordError)) throw error
    return beside === null ? [] : [beside]
  }
}

function folderIn(repo: Workspace['repo']): Folder {
  return repo.sync.in(FOLDER)
}

function folderBeside({ directory, env }: Session): Folder | null {
  const root = locate(directory, env)?.root
  return root === undefined ? null : besideStore(env, root, FOLDER)
}

function nameOf(runId: string): string {
  return runId.replace(/[^A-Za-z0-9_-]/g, '_')
}
