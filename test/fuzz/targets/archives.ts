import path from 'node:path'
import { systemClock } from '../../../src/base/clock.js'
import { importHub } from '../../../src/hub/archive/import-hub.js'
import { openStore } from '../../../src/hub/stores/open-store.js'
import { toldOrThrow } from '../promises.js'
import type { Target } from '../target.js'

const lines = (...documents: readonly object[]) =>
  `${documents.map((document) => JSON.stringify(document)).join('\n')}\n`

/** What `hub import` is given. */
export const archives: Target = {
  name: 'archives',
  seeds: [
    lines({ muse_coord_archive: 1, epoch: 'e' }, { end: 0 }),
    lines(
      { muse_coord_archive: 1, epoch: 'e' },
      { identity: { handle: 'ow', type: 'agent', fingerprint: 'ab', public_key: 'AAAA' } },
      { space: { owner: 'ow', slug: 'sp', visibility: 'private', last_id: 1, floor_id: 0, members: [], kinds: {} } },
      { id: 1, kind: 'task', record_id: 't', run_id: 'r', payload: { a: 1 }, expires_at: null, author: 'ow' },
      { end: 1 },
    ),
  ],
  words: [
    'muse_coord_archive',
    'identity',
    'space',
    'end',
    'records',
    'members',
    'kinds',
    'last_id',
    'floor_id',
    'visibility',
  ],
  async start(directory) {
    const store = await openStore(path.join(directory, 'hub', '.muse'), systemClock)
    return {
      take: async (input) => {
        await importHub(store, linesOf(input.toString('utf8'))).catch(toldOrThrow)
      },
      close: async () => void (await store.close()),
    }
  },
}

async function* linesOf(text: string): AsyncGenerator<string> {
  yield* text.split('\n')
}
