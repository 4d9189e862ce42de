import { trust } from '../../src/workspace/trust.js'
import type { Machine } from './machine.js'

/** What the user does once they have looked at the plugins that the settings of a repository name. */
export async function trustPlugins({ session }: Pick<Machine, 'session'>): Promise<void> {
  await trust(session, { action: 'add' })
}
