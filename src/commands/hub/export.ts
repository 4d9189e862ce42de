import { resolve } from 'node:path'
import { coordError } from '../../base/errors.js'
import { quote } from '../../base/quote.js'
import { isSpaceName } from '../../record/record.js'
import { defineCommand } from '../command.js'
import { HUB_STORE_OPTIONS, withHubStore } from './store.js'

export const hubExport = defineCommand({
  name: 'hub export',
  summary: 'Write the spaces of a hub to a file.',
  moment: 'operate',
  description: `Writes all spaces of a hub, or one, to a file of JSON lines, compressed where its name ends in .gz, readable by nobody else.
Ids, tokens and the epoch are kept, so that readers go on where they were once \`hub import\` has taken it in. The hub may be
running; what is pushed meanwhile may be in it or not.`,
  arguments: '<file>',
  options: [...HUB_STORE_OPTIONS, { flag: '--space <owner/slug>', description: 'Only this space.' }],
  examples: ['hub export /backup/hub.jsonl.gz --json', 'hub export demo.jsonl --space gabriel/demo'],
  json: ['file    as written', 'spaces  how many', 'lines   how many', 'bytes   of the file'],
  exitCodes: {
    0: 'written',
    1: 'bad arguments, the store does not work, or the file cannot be written',
    4: 'no such space',
  },
  async run(call) {
    const file = resolve(call.directory, call.arguments[0])
    const space = readSpace(call.flags.text('space'))
    const { writeArchive } = await import('../../hub/archive/archive-file.js')
    const result = await withHubStore(call, (store) => writeArchive(store, space, file, call.signal))
    return { result, text: `✅ ${result.spaces} space(s) written to ${result.file}` }
  },
})

function readSpace(space: string | undefined): string | null {
  if (space === undefined) return null
  const names = space.split('/')
  if (names.length === 2 && names.every(isSpaceName)) return space
  throw coordError('FLAG_VALUE', '--space', quote(space), 'owner/slug')
}
