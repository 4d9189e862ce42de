import { type ChildModule, childModule } from '../support/child-module.js'
import type { Machine } from '../support/machine.js'

export interface WorkerReport {
  readonly claimed: readonly { readonly taskId: string; readonly token: number | null }[]
  /** Answers that a worker on its own in the world would not meet. */
  readonly unexpected: readonly unknown[]
}

/** Processes that claim and complete, one task after the other, until nothing is left. */
export interface ClaimWorkers {
  run(machine: Pick<Machine, 'root' | 'env'>, runId: string, flags?: readonly string[]): Promise<WorkerReport>
  remove(): void
}

/** The program's own command line, run again and again in one process. */
const CODE = `
import { runCommandLine } from 'src/run-command-line.js'

const [directory, env, runId, ...flags] = process.argv.slice(2)

async function call(...argv) {
  let out = ''
  const streams = { stdout: (text) => { out += text }, stderr: () => {}, interactive: false, columns: 0 }
  const { signal } = new AbortController()
  const code = await runCommandLine([...argv, '--json'], { streams, env: JSON.parse(env), directory, signal })
  return { code, ...JSON.parse(out) }
}

const claimed = []
const unexpected = []
for (;;) {
  const claim = await call('claim', '--run-id', runId, ...flags)
  if (claim.code === 4) break
  if (claim.code === 0) claimed.push({ taskId: claim.task_id, token: claim.token })
  else unexpected.push(claim)
  if (claim.code !== 0) break
  const end = await call('complete', claim.task_id, '--run-id', runId, ...flags)
  if (end.code !== 0) unexpected.push(end)
}
process.stdout.write(JSON.stringify({ claimed, unexpected }))
`

export async function buildClaimWorkers(): Promise<ClaimWorkers> {
  const module: ChildModule = await childModule(CODE)
  return {
    run: ({ root, env }, runId, flags = []) =>
      module.run<WorkerReport>({ args: [root, JSON.stringify(env), runId, ...flags] }),
    remove: () => module.remove(),
  }
}
