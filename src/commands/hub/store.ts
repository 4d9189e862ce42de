import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { coordError } from '../../base/errors.js'
import type { Store } from '../../hub/stores/store.js'
import type { CommandOption } from '../command.js'
import type { Flags } from '../flags.js'

/** How the commands of an operator name the store that they work on. */
export const HUB_STORE_OPTIONS = [
  { flag: '--data <dir>', description: 'Directory of the SQLite store (default ./muse-hub).' },
  { flag: '--store <url>', description: 'Another store, for example postgres://user@host/database.' },
] as const satisfies readonly CommandOption[]

/** What is read of a call of a command with {@link HUB_STORE_OPTIONS}. */
interface HubStoreCall {
  readonly flags: Flags<never, 'data' | 'store'>
  readonly directory: string
}

/** The store that the flags name: an absolute directory, or a URL. */
export function hubStoreOf({ flags, directory }: HubStoreCall): string {
  const [data, store] = [flags.text('data'), flags.text('store')]
  if (data !== undefined && store !== undefined) throw coordError('ARGUMENTS', '--data and --store exclude each other.')
  return store ?? resolve(directory, data ?? 'muse-hub')
}

/**
 * Does something in the store of a hub, which may be running meanwhile. A store is not made here: in a wrong directory
 * that would seem to work.
 */
export async function withHubStore<Result>(
  call: HubStoreCall,
  work: (store: Store) => Promise<Result>,
): Promise<Result> {
  const spec = hubStoreOf(call)
  if (!spec.includes('://') && !existsSync(spec)) throw coordError('STORE_MISSING', spec)
  const { openStore } = await import('../../hub/stores/open-store.js')
  const store = await openStore(spec)
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}
