import type { Whoami } from '../../workspace/whoami.js'
import { defineCommand } from '../command.js'
import { namedRun, RUN_ID_OPTION } from '../run-id.js'

export const whoami = defineCommand({
  name: 'whoami',
  summary: 'Tell which run this is, and which store it works in.',
  moment: 'start',
  description: `The run is named by --run-id, else by MUSE_COORD_RUN_ID, else by the session of the agent program that runs this. Its
addresses are read in the working tree that the directory lies in; the store is one for all working trees of a repository.`,
  options: [RUN_ID_OPTION],
  examples: ['whoami --json', 'whoami'],
  json: [
    'run_id  null: nothing names one',
    'from    the flag or variable that named it',
    'tree    the top of the working tree; null outside of a repository, like store',
    'store   the directory of the records',
  ],
  exitCodes: { 0: 'told, also when nothing names a run' },
  async run(call) {
    const { whoami } = await import('../../workspace/whoami.js')
    const result = whoami(await call.session(), namedRun(call))
    return { result, text: textOf(result) }
  },
})

function textOf({ runId, from, tree, store }: Whoami): string {
  const run = runId === null ? 'Nothing names a run: give --run-id, or set MUSE_COORD_RUN_ID' : `${runId} (by ${from})`
  return [run, `   tree:  ${tree ?? '(no repository)'}`, `   store: ${store ?? '(none: muse-coord init)'}`].join('\n')
}
