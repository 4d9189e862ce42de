import { type CommandCall, coordError, defineCommand, namedRun, problemOf, RUN_ID_OPTION } from '../../src/plugin.js'
import { conflictText } from '../reserving/texts.js'
import type { Guarded } from './guard.js'

const MAX_REFS_BYTES = 1024 * 1024

export const guardCommand = defineCommand({
  name: 'guard',
  summary: 'Refuse a commit or a push of what another run holds; `setup` has git call it.',
  moment: 'set_up',
  description: `Looks at what is staged, or with pre-push at the commits that are about to be pushed, and refuses what another run holds
exclusively, in whichever working tree. A commit without a run id, a person's, is not kept out by the runs of this very tree.
Merges and rebases pass, and so does everything where it cannot be checked, which it says. MUSE_COORD_GUARD=off passes too. What git gives its hook
beside the name is taken and not needed.`,
  arguments: '[hook] [given...]',
  options: [RUN_ID_OPTION],
  examples: ['guard pre-commit', 'guard pre-push --json'],
  json: [
    'status          free, held, off (MUSE_COORD_GUARD); passed: git is in the midst of a merge or a rebase; unknown: see unchecked',
    'files           what was looked at, from the top of the working tree',
    'conflicts       as in `check`',
    'unchecked       with unknown: why nobody can tell; else null',
  ],
  exitCodes: { 0: 'free, or not to be checked', 6: 'held by another run' },
  async run(call) {
    const [hook = 'pre-commit'] = call.arguments
    if (hook !== 'pre-commit' && hook !== 'pre-push') throw coordError('ARGUMENTS', 'Name pre-commit or pre-push.')
    const { guard } = await import('./guard.js')
    try {
      const input = hook === 'pre-push' ? await call.readInput(MAX_REFS_BYTES) : { text: '' }
      if ('fault' in input) throw coordError('ARGUMENTS', `Standard input ${input.fault}.`)
      const runId = namedRun(call)?.runId ?? null
      const guarded = await guard(await call.session(), { hook, runId, refs: input.text })
      if (guarded.unchecked !== null) return notChecked(call, guarded, guarded.unchecked)
      if (guarded.status !== 'held')
        return { result: guarded, text: `✅ ${guarded.files.length} file(s): ${guarded.status}` }
      const cure = 'Wait for them or ask those runs; MUSE_COORD_GUARD=off passes this once.'
      return {
        result: guarded,
        text: `❌ Held by other runs:\n${conflictText(guarded.conflicts, call.output.columns)}\n   ${cure}`,
        exitCode: 6,
      }
    } catch (thrown) {
      if (call.signal.aborted) throw coordError('INTERRUPTED')
      return notChecked(call, { files: [], conflicts: [] }, problemOf(thrown))
    }
  },
})

/** Whoever commits is not to be kept from it by a fault of ours. */
function notChecked(
  { output }: Pick<CommandCall, 'output'>,
  { files, conflicts }: Pick<Guarded, 'files' | 'conflicts'>,
  why: string,
) {
  output.note(`⚠️  muse-coord: not checked: ${why}`)
  const result: Guarded = { status: 'unknown', files, conflicts, unchecked: why }
  return { result, text: '(not checked)' }
}
