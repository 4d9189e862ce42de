import type { ListedKeys } from '../../workspace/keys.js'
import { defineCommand } from '../command.js'
import { HUB_OPTION, SYNC_EXIT_CODES } from '../sync/options.js'
import { table } from '../table.js'

export const authKeys = defineCommand({
  name: 'auth keys',
  summary: 'List the keys that sign for your handle.',
  moment: 'set_up',
  description: `Each machine of yours may have a key of its own, all under one handle: \`space invite --device\` prints the line by which another
one joins, \`auth revoke KEY\` takes the key of one away.`,
  options: [HUB_OPTION],
  examples: ['auth keys --hub https://hub.example.com --json', 'auth keys'],
  json: [
    'hub     address of the hub',
    'handle  whose keys they are',
    'keys    [{fingerprint, label, added_at, signs_this}] label: what its machine is called; signs_this: whether it is the one of this machine',
  ],
  exitCodes: SYNC_EXIT_CODES,
  async run(call) {
    const { listKeys } = await import('../../workspace/keys.js')
    const result = await listKeys(await call.session())
    return { result, text: textOf(result, call.output.columns) }
  },
})

function textOf({ keys }: ListedKeys, columns: number): string {
  const rows = keys.map(({ fingerprint, label, addedAt, signsThis }) => [
    signsThis ? '*' : '',
    label,
    addedAt === null ? 'with the handle' : addedAt.replace('T', ' ').replace(/\.\d+Z$/, 'Z'),
    fingerprint,
  ])
  return table([['', 'MACHINE', 'SINCE', 'FINGERPRINT'], ...rows], columns)
}
