import { homedir } from 'node:os'
import path from 'node:path'
import {
  type AgentFile,
  type AgentProgram,
  type AgentScope,
  coordError,
  findWorkingTree,
  init,
  locate,
  nearest,
  quote,
  type Session,
} from '../../src/plugin.js'
import { knownPrograms } from './agent-run.js'
import { withOurPart, withoutOurPart } from './edit-agent-file.js'
import { installedLine, isExecutable, isOnPath, ownPathLine, serverWords } from './hook-line.js'
import { addBlock, restOfBlock } from './marked-block.js'
import { planGuards } from './plan-guards.js'
import { PRIME } from './prime.js'
import { edited, type FoundFile, findFile, removeEmptied, type SetUpFile, writePlanned } from './set-up-file.js'
import { changedFiles } from './tree-changes.js'

export interface SetupRequest {
  /** Names of programs; all that are found when empty. */
  readonly agents: readonly string[]
  /** Left out: the repository's. */
  readonly scope?: AgentScope
  /** Address of the hub, which goes into the settings of the store; left out: they stay as they are. */
  readonly hub?: string | undefined
  /** Takes everything out again. */
  readonly remove?: boolean
  /** Says what would change, and changes nothing. */
  readonly dryRun?: boolean
}

export interface SetUp {
  readonly scope: AgentScope
  /** The programs that call the hook from now on, or no longer. */
  readonly agents: readonly SetUpAgent[]
  /** Programs that are known and were not found. */
  readonly missing: readonly string[]
  /** Why git's hooks are not guarded, and what to do; `null`: they are. */
  readonly unguarded: string | null
  /** Why the hooks have nothing to do in this directory yet, and what to do; `null`: there is a store, or nothing was set up. */
  readonly unstored: string | null
  readonly files: readonly SetUpFile[]
  /** Of these files those that other working trees and machines have not got yet, as paths from the top: git would commit them. */
  readonly uncommitted: readonly string[]
}

export interface SetUpAgent {
  readonly name: string
  readonly title: string
  /** What a person has to do before the hooks run; `null`: nothing. */
  readonly byHand: string | null
  /** What a person has to do so that the agent's shell reaches the store; `null`: nothing. */
  readonly outside: string | null
}

/**
 * Has agent programs call the hook and start the server of tools: makes the store where there is none, adds to the settings of
 * each program, and tells agents how to work in `AGENTS.md` and `CLAUDE.md`. Nothing of others is touched. Safe to repeat.
 */
export async function setup(session: Session, request: SetupRequest): Promise<SetUp> {
  const { scope = 'project', remove = false, dryRun = false } = request
  const chosen = choose(session, request)
  if (chosen.length === 0) throw coordError('AGENTS_MISSING', namesOf(knownPrograms(session)))
  const isInstalled = isOnPath(session)
  if (!isInstalled && scope === 'project' && !remove) throw coordError('NOT_ON_PATH')
  const top = scope === 'project' ? topOf(session, request) : (session.env.HOME ?? homedir())
  const planned = new Map<string, SetUpFile>()
  for (const program of chosen) {
    const line = isInstalled ? installedLine(program) : ownPathLine(program)
    for (const file of [program.hooks(scope, line), program.tools?.(scope, serverWords(isInstalled)) ?? null]) {
      // Some programs have their hooks and their servers in one file.
      if (file === null) continue
      const found = findFile(session, scope, top, file.path)
      planned.set(found.path, planPart(planned.get(found.path) ?? found, file, remove))
    }
  }
  for (const name of scope === 'project' ? guides(chosen) : []) {
    // One of them is often a link to the other.
    const found = findFile(session, scope, top, name)
    planned.set(found.path, planBlock(planned.get(found.path) ?? found, remove))
  }
  const files = [...planned.values()]
  const git = scope === 'project' ? planGuards(session, top, remove) : { files: [], obstacle: null }
  files.push(...git.files)
  if (!dryRun) {
    for (const file of files) writePlanned(session, file)
    for (const file of planned.values()) removeEmptied(top, file)
  }
  const outside = storeOutside(session, scope === 'project' && !remove && !dryRun ? top : null)
  return {
    scope,
    agents: chosen.map((program) => {
      const { name, title, byHand = null } = program
      return { name, title, byHand, outside: outside === null ? null : (program.outside?.(outside) ?? null) }
    }),
    missing: namesOf(
      knownPrograms(session).filter((one) => !chosen.includes(one) && !isExecutable(session, one.executable)),
    )
      .split(' ')
      .filter(Boolean),
    unguarded: git.obstacle,
    unstored: scope === 'user' && !remove && !hasStore(session) ? NO_STORE : null,
    files,
    uncommitted: scope === 'project' && !dryRun ? await uncommitted(session, top, files) : [],
  }
}

const NO_STORE =
  'the hooks work in each repository that has a store, and there is none here: `muse-coord init` in a repository makes one'

function hasStore({ directory, env }: Session): boolean {
  return locate(directory, env) !== null
}

/** The directory of the store where it does not lie in the working tree, as in a linked one. */
function storeOutside(session: Session, top: string | null): string | null {
  if (top === null) return null
  const store = path.join(session.workspace.repo.root, '.muse')
  return path.relative(top, store).startsWith('..') ? store : null
}

/** Hooks of git are none of them: each clone has its own. */
async function uncommitted(session: Session, top: string, files: readonly SetUpFile[]): Promise<readonly string[]> {
  const names = files
    .map((file) => path.relative(top, file.path))
    .filter((name) => !/^(\.\.|\.git)([/\\]|$)/.test(name))
  if (names.length === 0) return []
  // The tree that has the store may be one around that.
  const { tree } = session.workspace.repo
  const changed = await changedFiles(
    session,
    names.map((name) => path.relative(tree, path.join(top, name))),
  )
  return (changed ?? []).map((name) => path.relative(top, path.join(tree, name)))
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
function topOf(session: Session, { dryRun = false, remove = false, hub }: SetupRequest): string {
  if (!dryRun && !remove) init(session, { hub })
  return findWorkingTree(session.directory)?.top ?? session.workspace.repo.tree
}

function guides(programs: readonly AgentProgram[]): readonly string[] {
  return [...new Set(programs.map(({ guide = 'AGENTS.md' }) => guide))]
}

/** @param file as it is found, or as it is planned for another part already */
function planPart(file: SetUpFile | FoundFile, part: AgentFile, remove: boolean): SetUpFile {
  const edit = (text: string | null) => (remove ? withoutOurPart(text, part) : (withOurPart(text, part) ?? undefined))
  return edited(file, edit, 'is no such settings as its program writes')
}

function planBlock(file: SetUpFile | FoundFile, remove: boolean): SetUpFile {
  return edited(file, (text) => (remove ? text && restOfBlock(text) : addBlock(text, PRIME)), '')
}

function namesOf(programs: readonly AgentProgram[]): string {
  return programs.map(({ name }) => name).join(' ')
}
