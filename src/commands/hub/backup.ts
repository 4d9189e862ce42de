import { resolve } from 'node:path'
import { coordError } from '../../base/errors.js'
import { defineCommand } from '../command.js'
import { HUB_STORE_OPTIONS, withHubStore } from './store.js'

export const hubBackup = defineCommand({
  name: 'hub backup',
  summary: 'Copy the store of a hub to a file.',
  moment: 'operate',
  description: `Copies the SQLite store of a hub, as it is at this moment, to a file that only you can read: whole or not at all. The hub
may be running and goes on meanwhile. \`hub restore\` puts it back. PostgreSQL has pg_dump for that.`,
  arguments: '<file>',
  options: HUB_STORE_OPTIONS,
  examples: ['hub backup /backup/hub.sqlite --json', 'hub backup /backup/hub.sqlite --data /var/lib/muse-hub'],
  json: ['file  as written'],
  exitCodes: { 0: 'copied, and on disk', 1: 'bad arguments, the store does not work, or the file cannot be written' },
  async run(call) {
    const file = resolve(call.directory, call.arguments[0])
    await withHubStore(call, async (store) => {
      if (store.backUp === undefined) throw coordError('STORE_NO_BACKUP')
      await store.backUp(file)
    })
    return { result: { file }, text: `✅ Copied to ${file}` }
  },
})
