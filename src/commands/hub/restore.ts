import { resolve } from 'node:path'
import { defineCommand } from '../command.js'
import { HUB_STORE_OPTIONS, hubStoreOf, withHubStore } from './store.js'

export const hubRestore = defineCommand({
  name: 'hub restore',
  summary: 'Put the store of a hub back from a backup.',
  moment: 'operate',
  takesAway: true,
  description: `Puts a file of \`hub backup\` in the place of a store that is gone. Without a file: for a store that was put back by other
means (pg_restore, \`hub import\`, a snapshot of the disk). Either way the store gets a new epoch, by which readers notice that
it was set back and begin anew, writers send again what it lacks, and no fencing number is handed out a second time. No hub
may be running on the store. A store that was set back without this command is found out too, but only once somebody comes who
had seen more of it: until then numbers may be handed out twice.`,
  arguments: '[file]',
  options: HUB_STORE_OPTIONS,
  examples: [
    'hub restore /backup/hub.sqlite --data /var/lib/muse-hub --json',
    'hub restore --store postgres://muse@localhost/muse',
  ],
  json: ['file   that was put back, or null', 'epoch  of the store from now on'],
  exitCodes: {
    0: 'a hub may serve it',
    1: 'bad arguments, no good backup, a store that is there, or one that does not work',
  },
  async run(call) {
    const [named] = call.arguments
    const file = named === undefined ? null : resolve(call.directory, named)
    const { restoreStore } = await import('../../hub/stores/open-store.js')
    const epoch =
      file === null ? await withHubStore(call, (store) => store.renew()) : await restoreStore(hubStoreOf(call), file)
    return { result: { file, epoch }, text: `✅ The store is ready to be served, with the epoch ${epoch}` }
  },
})
