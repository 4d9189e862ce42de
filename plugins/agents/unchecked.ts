import { formatTimestamp, type Session, type Workspace } from '../../src/plugin.js'

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
 * Notes that a call of a run was not answered, until one is: in `.sync/unchecked/` two files a run, a line a call.
 *
 * @param isTold the answer to that very call has said so: it is counted, and not told again
 */
export function noteUnchecked(session: Session, runId: string, fault: string, isTold: boolean): void {
  const folder = folderOf(session)
  const name = nameOf(runId) + (isTold ? TOLD : '')
  if ((folder.stat(name)?.size ?? 0) > MAX_BYTES) return
  folder.append(name, `${formatTimestamp(session.clock.now())} ${fault.replace(/\s+/g, ' ').slice(0, 500)}\n`)
}

/** Whether something is noted of a run. */
export function isUnchecked(store: { readonly workspace: Pick<Workspace, 'repo'> }, runId: string): boolean {
  const folder = folderOf(store)
  return ['', TOLD].some((end) => folder.stat(nameOf(runId) + end) !== null)
}

/** Forgets what was noted of a run. Returns what is still to be told of it; `null`: nothing. */
export function takeUnchecked(session: Session, runId: string): Unchecked | null {
  const folder = folderOf(session)
  const name = nameOf(runId)
  folder.remove(name + TOLD)
  if (folder.stat(name) === null) return null
  const found = read(session, name)
  folder.remove(name)
  return found
}

/** What is noted of all runs; `null`: every call was answered. */
export function readUnchecked(session: Session): Unchecked | null {
  const folder = folderOf(session)
  const since = session.clock.now() - COUNTED_MILLISECONDS
  const all = [...folder.names()]
    .filter((name) => (folder.stat(name)?.mtimeMs ?? 0) >= since)
    .flatMap((name) => read(session, name) ?? [])
    .sort((one, other) => (one.at < other.at ? -1 : 1))
  const last = all.at(-1)
  return last === undefined ? null : { ...last, count: all.reduce((sum, { count }) => sum + count, 0) }
}

function read(session: Session, name: string): Unchecked | null {
  const folder = folderOf(session)
  const reading = folder.read(name, 2 * MAX_BYTES)
  if (!('text' in reading)) return null
  const lines = reading.text.split('\n').filter((line) => line !== '')
  const last = lines.at(-1)
  // On a full disk a file can be made, and nothing written into it.
  if (last === undefined) return { count: 1, at: formatTimestamp(folder.stat(name)?.mtimeMs ?? 0), fault: UNWRITTEN }
  const [at = '', ...words] = last.split(' ')
  return { count: lines.length, at, fault: words.join(' ') }
}

function folderOf({ workspace }: { readonly workspace: Pick<Workspace, 'repo'> }) {
  return workspace.repo.sync.in('unchecked')
}

function nameOf(runId: string): string {
  return runId.replace(/[^A-Za-z0-9_-]/g, '_')
}
