import { homedir } from 'node:os'
import path from 'node:path'
import {
  type AgentFile,
  type AgentProgram,
  type AgentScope,
  coordError,
  findWorkingTree,
  init,
  nearest,
  quote,
  type Session,
} from '../../src/plugin.js'
import { knownPrograms } from './agent-run.js'
import { addGuard, findGitHooks, removeGuard } from './git-hooks.js'
import { installedLine, isExecutable, isOnPath, isOwnEntry, ownPathLine } from './hook-line.js'
import { addEntries, isNothingLeft, removeEntries } from './json-entries.js'
import { addBlock, removeBlock } from './marked-block.js'
import { PRIME } from './prime.js'

export interface SetupRequest {
  /** Names of programs; all that are found when empty. */
  readonly agents: readonly string[]
  /** Left out: the repository's. */
  readonly scope?: AgentScope
  /** Takes everything out again. */
  readonly remove?: boolean
  /** Says what would change, and changes nothing. */
  readonly dryRun?: boolean
}

/** A file that setup looks after, and what has become of it. */
export interface SetUpFile {
  readonly path: string
  /** `unreadable`: it is left as it is, for its text is no JSON, or its hooks are no lists. */
  readonly change: 'created' | 'changed' | 'unchanged' | 'removed' | 'unreadable'
  /** Its text before and after; `null`: it is not there. */
  readonly before: string | null
  readonly after: string | null
}

export interface SetUp {
  readonly scope: AgentScope
  /** The programs that call the hook from now on, or no longer. */
  readonly agents: readonly { readonly name: string; readonly title: string; readonly byHand: string | null }[]
  /** Programs that are known and were not found. */
  readonly missing: readonly string[]
  /** Why git's hooks are not guarded, and what to do; `null`: they are. */
  readonly unguarded: string | null
  readonly files: readonly SetUpFile[]
}

const GUARDED = ['pre-commit', 'pre-push'] as const
const MAX_BYTES = 4 * 1024 * 1024

/**
 * Has agent programs call the hook: makes the store where there is none, adds to the settings of each program, and tells agents
 * how to work in `AGENTS.md` and `CLAUDE.md`. Nothing of others is touched. Safe to repeat.
 */
export function setup(session: Session, request: SetupRequest): SetUp {
  const { scope = 'project', remove = false, dryRun = false } = request
  const chosen = choose(session, request)
  if (chosen.length === 0) throw coordError('AGENTS_MISSING', namesOf(knownPrograms(session)))
  const isInstalled = isOnPath(session)
  if (!isInstalled && scope === 'project' && !remove) throw coordError('NOT_ON_PATH')
  const top = scope === 'project' ? topOf(session, dryRun || remove) : (session.env.HOME ?? homedir())
  const files = chosen.map((program) => {
    const line = isInstalled ? installedLine(program) : ownPathLine(program)
    return planHooks(session, top, program.hooks(scope, line), remove)
  })
  if (scope === 'project') for (const name of guides(chosen)) files.push(planBlock(session, top, name, remove))
  const git = scope === 'project' ? planGuards(session, top, remove) : { files: [], obstacle: null }
  files.push(...git.files)
  if (!dryRun) for (const file of files) write(session, top, file)
  return {
    scope,
    agents: chosen.map(({ name, title, byHand = null }) => ({ name, title, byHand })),
    missing: namesOf(knownPrograms(session).filter((one) => !chosen.includes(one)))
      .split(' ')
      .filter(Boolean),
    unguarded: git.obstacle,
    files,
  }
}

function choose(session: Session, { agents, remove = false }: SetupRequest): readonly AgentProgram[] {
  const programs = knownPrograms(session)
  if (agents.length === 0) return programs.filter((one) => remove || isExecutable(session, one.executable))
  return agents.map((typed) => {
    const program = programs.find(({ name }) => name === typed)
    if (program !== undefined) return program
    const names = programs.map(({ name }) => name)
    throw coordError('AGENT_UNKNOWN', quote(typed), nearest(typed, names) || names.join(', '))
  })
}

/** The top of the working tree, where the settings of a repository lie. */
function topOf(session: Session, isLooking: boolean): string {
  if (!isLooking) init(session)
  return findWorkingTree(session.directory)?.top ?? session.workspace.repo.tree
}

function guides(programs: readonly AgentProgram[]): readonly string[] {
  return [...new Set(programs.map(({ guide = 'AGENTS.md' }) => guide))]
}

function planHooks(session: Session, top: string, file: AgentFile, remove: boolean): SetUpFile {
  const before = read(session, top, file.path)
  const whole = path.join(top, file.path)
  if (file.form === 'whole') return planned(whole, before, remove ? null : file.text)
  const edited = remove
    ? before === null
      ? ''
      : removeEntries(before, isOwnEntry)
    : addEntries(before ?? '', file.entries, isOwnEntry)
  if (edited === null) return { path: whole, change: 'unreadable', before, after: before }
  return planned(whole, before, edited === '' || isNothingLeft(edited) ? null : edited)
}

function planBlock(session: Session, top: string, name: string, remove: boolean): SetUpFile {
  const before = read(session, top, name)
  const after = remove ? removeBlock(before ?? '') : addBlock(before ?? '', PRIME)
  return planned(path.join(top, name), before, after === '' && remove ? null : after)
}

/** The guard in the hooks of git, where they lie. */
function planGuards(session: Session, top: string, remove: boolean) {
  const hooks = findGitHooks(session, top)
  if ('obstacle' in hooks) return { files: [], obstacle: hooks.obstacle }
  const files = GUARDED.map((name): SetUpFile => {
    const before = read(session, hooks.directory, name)
    const after = remove ? removeGuard(before ?? '') : addGuard(before ?? '', name)
    const whole = path.join(hooks.directory, name)
    if (after === null) return { path: whole, change: 'unreadable', before, after: before }
    return planned(whole, before, after === '' ? null : after)
  })
  return { files, obstacle: null }
}

function planned(whole: string, before: string | null, after: string | null): SetUpFile {
  const change = before === after ? 'unchanged' : before === null ? 'created' : after === null ? 'removed' : 'changed'
  return { path: whole, change, before, after }
}

function read({ storage }: Session, top: string, name: string): string | null {
  const reading = storage.open(top).read(name, MAX_BYTES)
  if ('text' in reading) return reading.text
  if (reading.isMissing) return null
  throw coordError('FILE_FAILED', path.join(top, name), reading.fault)
}

function write({ storage }: Session, top: string, { path: whole, change, after }: SetUpFile): void {
  const isInside = !path.relative(top, whole).startsWith('..')
  // Hooks of git may lie beside the working tree.
  const folder = storage.open(isInside ? top : path.dirname(whole))
  const name = path.relative(folder.path, whole)
  if (change === 'removed') folder.remove(name)
  if ((change !== 'created' && change !== 'changed') || after === null) return
  const mode = folder.stat(name)?.mode
  const isScript = after.startsWith('#!')
  folder.write(name, after, mode === undefined ? (isScript ? { mode: 0o755 } : {}) : { mode: mode & 0o777 })
}

function namesOf(programs: readonly AgentProgram[]): string {
  return programs.map(({ name }) => name).join(' ')
}
