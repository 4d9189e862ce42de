import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { type AgentProgram, HoldNotes, type Session } from '../../src/plugin.js'
import { reserve } from '../reserving/reserve.js'
import { runOf } from './agent-run.js'
import { isOwnEntry } from './hook-line.js'
import { RunNotes } from './run-notes.js'
import type { SetUp } from './setup.js'

/** Whether the hook of a program refuses what another run holds. */
export interface Verified {
  readonly name: string
  readonly works: boolean
  /** Why it does not, or what still keeps the program from calling it; `null`: nothing. */
  readonly problem: string | null
}

const RUN = 'muse-coord-verify'
const FILE = 'muse-coord-verify.tmp'
const SECONDS = 60

/**
 * Tries each hook as its program would: by a shell, with an event of the program's own, on a file that another run holds. What
 * a program asks a person for nobody can try, so it is told.
 */
export async function verifySetup(
  session: Session,
  { agents, files }: SetUp,
  programs: readonly AgentProgram[],
): Promise<readonly Verified[]> {
  if (files.every(({ before }) => before === null || !isOwnEntry(before))) {
    return agents.map(({ name }) => ({ name, works: false, problem: 'it is not set up: muse-coord setup' }))
  }
  await reserve(session, {
    ...{ addresses: [`:/${FILE}`], runId: RUN, ttlSeconds: SECONDS, deny: true, isOffline: true },
  })
  try {
    return programs
      .filter(({ name }) => agents.some((one) => one.name === name))
      .map((program) => {
        const lines = files.flatMap(({ before }) => linesIn(before, program))
        const problem = lines.length === 0 ? 'it is not set up' : attempt(session, program, lines[0] as string)
        return { name: program.name, works: problem === null, problem: problem ?? program.byHand ?? null }
      })
  } finally {
    withdraw(session)
  }
}

/** Nobody is to read of a run that was none, so nothing of it is given back: it is as if it had never been. */
function withdraw({ workspace }: Session): void {
  const notes = new HoldNotes(workspace.repo)
  for (const note of notes.all()) if (note.runId === RUN) notes.remove(note)
  const records = workspace.view.alive()
  for (const { name } of workspace.registry.all) {
    for (const entry of records.entries(name)) {
      if (entry.runId === RUN && entry.origin === 'local') workspace.remove(entry)
    }
  }
}

/** `null`: it was refused, as it has to be. */
function attempt(session: Session, program: AgentProgram, line: string): string | null {
  const { workspace, env } = session
  const { tree } = workspace.repo
  const { name, input } = program.example(tree, path.join(tree, FILE))
  const command = name === null ? line : line.replace(/\bhook (\w+).*$/, `hook $1 ${name}`)
  const { MUSE_COORD_RUN_ID, ...others } = env
  const options = { cwd: tree, env: others, input: JSON.stringify(input), encoding: 'utf8', timeout: 5000 } as const
  const { status, stdout, stderr } = spawnSync('sh', ['-c', command], options)
  const event = program.readEvent(input, name)
  const runId = event && runOf(session.with({ env: others }), program, event)
  if (runId !== null) new RunNotes(session, runId).forget()
  if (status === 0 && stdout.includes(RUN)) return null
  return `\`${command}\` ended with ${status} and refused nothing${stderr === '' ? '' : `: ${stderr.trim()}`}`
}

/** The shell lines that call the hook of a program, wherever they stand in a file. */
function linesIn(text: string | null, { name }: AgentProgram): readonly string[] {
  const strings = (text ?? '').match(/"(?:[^"\\]|\\.)*"/g) ?? []
  return strings.flatMap((one) => {
    const line: unknown = JSON.parse(one)
    return typeof line === 'string' && isOwnEntry(line) && line.includes(`hook ${name}`) ? [line] : []
  })
}
