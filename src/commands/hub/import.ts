import { resolve } from 'node:path'
import type { ImportResult } from '../../hub/archive/import-hub.js'
import { defineCommand } from '../command.js'
import { HUB_STORE_OPTIONS, hubStoreOf } from './store.js'

export const hubImport = defineCommand({
  name: 'hub import',
  summary: 'Take the spaces of another hub in.',
  moment: 'operate',
  description: `Takes in what \`hub export\` wrote, into a store of any sort; it is made where there is none. Each space is taken whole or not at
all, and only where none of that name holds records; what an import that was cut has brought already is passed over. A store
without spaces takes the epoch of the other hub too, so that readers go on where they were.`,
  arguments: '<file>',
  options: HUB_STORE_OPTIONS,
  examples: ['hub import /backup/hub.jsonl.gz --store postgres://muse@localhost/muse --json'],
  json: [
    'spaces          [owner/slug] that were taken in',
    'records         in them',
    'spaces_present  [owner/slug] that an import which was cut has brought before',
    'identities      handles whose key this hub knows now',
    'handles_taken   handles that belong to another key here; those keys stay',
    'epoch_kept      whether readers keep their cursors',
  ],
  exitCodes: {
    0: 'taken in',
    1: 'bad arguments, a broken file, a space that is there already, or the store does not work',
  },
  async run(call) {
    const file = resolve(call.directory, call.arguments[0])
    const [{ readArchive }, { importHub }, { openStore }] = await Promise.all([
      import('../../hub/archive/archive-file.js'),
      import('../../hub/archive/import-hub.js'),
      import('../../hub/stores/open-store.js'),
    ])
    const store = await openStore(hubStoreOf(call))
    try {
      const result = await importHub(store, readArchive(file))
      return { result, text: textOf(result) }
    } finally {
      await store.close()
    }
  },
})

function textOf({ spaces, spacesPresent, records, identities, handlesTaken, epochKept }: ImportResult): string {
  const lines = [`✅ ${spaces.length} space(s) with ${records} record(s) and ${identities} identities taken in`]
  if (spacesPresent.length > 0) lines.push(`   these were here already: ${spacesPresent.join(', ')}`)
  if (handlesTaken.length > 0) lines.push(`   these handles belong to other keys here: ${handlesTaken.join(', ')}`)
  if (!epochKept) lines.push('   this hub keeps its epoch: readers of the other one begin anew here')
  return lines.join('\n')
}
