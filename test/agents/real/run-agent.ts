import { spawn } from 'node:child_process'
import path from 'node:path'
import { cleanUp } from '../../support/clean-up.js'
import { executablesOf } from './cache.mjs'
import type { RealProgram, RunPlace } from './real-programs.js'
import { type ScriptedModel, type Step, startModel } from './scripted-model.js'

export interface AgentRun extends ScriptedModel {
  readonly exitCode: number | null
  /** What it printed, for a test that fails. */
  readonly output: string
}

export interface AgentPlace extends RunPlace {
  readonly env: Readonly<Record<string, string>>
}

/** On a machine that has nothing else to do it takes ten. */
const SECONDS = 300

/** Runs a real agent program in a working tree to its end, against a model that plays these steps. */
export async function runAgent(program: RealProgram, place: AgentPlace, steps: readonly Step[]): Promise<AgentRun> {
  const model = await startModel([...steps, { move: { text: 'done' } }])
  program.prepare?.(place, model.url)
  const executables = executablesOf(program.name) ?? ''
  const env = {
    ...place.env,
    ...program.environment(model.url),
    PATH: `${executables}${path.delimiter}${place.env.PATH}`,
  }
  const child = spawn(path.join(executables, program.name), program.arguments, {
    cwd: place.tree,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: SECONDS * 1000,
  })
  cleanUp(() => child.kill('SIGKILL'))
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const exitCode = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return { ...model, exitCode, output }
}
