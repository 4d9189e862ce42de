import { homedir } from 'node:os'
import {
  type AgentProgram,
  type AgentScope,
  type Finding,
  fine,
  type Patient,
  type Session,
  wrong,
} from '../../src/plugin.js'
import { knownPrograms } from './agent-run.js'
import { withOurPart } from './edit-agent-file.js'
import { examineGuard } from './examine-guard.js'
import { installedLine, isExecutable, isOwnEntry, ownPathLine } from './hook-line.js'
import { findFile } from './set-up-file.js'
import { readUnchecked } from './unchecked.js'

const SCOPES: readonly AgentScope[] = ['project', 'user']

/** Which agent programs call the hook, whether git calls the guard, and whether the hook could answer. */
export function examineHooks({ session, repo }: Patient): readonly Finding[] {
  const programs = knownPrograms(session).flatMap((program) => examineProgram(session, repo.tree, program) ?? [])
  return [...programs, ...(programs.length === 0 ? [] : examineGuard(session, repo.tree)), examineCalls(session)]
}

/** `null`: the program is not there, and nothing is set up for it. */
function examineProgram(session: Session, tree: string, program: AgentProgram): Finding | null {
  const { name, title, executable, byHand } = program
  const found = SCOPES.flatMap((scope) => {
    const state = stateOf(session, program, scope, scope === 'project' ? tree : (session.env.HOME ?? homedir()))
    return state === 'none' ? [] : [{ scope, state }]
  })
  if (found.length === 0) {
    return isExecutable(session, executable)
      ? fine(`${title} calls no hook here; muse-coord setup ${name} has it do so`)
      : null
  }
  const stale = found.find(({ state }) => state === 'stale')
  if (stale !== undefined) {
    const { scope } = stale
    const cure = `muse-coord setup ${name}${scope === 'user' ? ' --scope user' : ''}`
    return wrong(`the hooks of ${title} (${scope}) are not those of this version`, cure)
  }
  const scopes = found.map(({ scope }) => scope).join(', ')
  // Whether a person has trusted them stands where only the program reads it.
  return fine(`${title} calls the hook (${scopes})${byHand === undefined ? '' : ', once they are trusted in it'}`)
}

function stateOf(
  session: Session,
  program: AgentProgram,
  scope: AgentScope,
  top: string,
): 'none' | 'current' | 'stale' {
  const file = program.hooks(scope, installedLine(program))
  const text = (findFile(session, scope, top, file.path).text ?? '').replace(/^\ufeff/, '')
  if (!isOwnEntry(text)) return 'none'
  const lines = [installedLine(program), ownPathLine(program)]
  return lines.some((line) => withOurPart(text, program.hooks(scope, line)) === text) ? 'current' : 'stale'
}

function examineCalls(session: Session): Finding {
  const unchecked = readUnchecked(session)
  if (unchecked === null) return fine("no call of an agent's hook went unchecked")
  const { count, fault, at } = unchecked
  const message = `${count} call(s) of agents' hooks went unchecked, the last at ${at}: ${fault.replace(/\.$/, '')}`
  return wrong(message, 'muse-coord setup --verify')
}
