import { hasNeverPulled, type StoreLook } from '../../src/plugin.js'
import { pathsNear } from '../addresses/address-index.js'
import { misspellings } from '../addresses/misspellings.js'
import { readAddresses } from '../addresses/read-addresses.js'
import type { Checked } from './check.js'

/** What `check` finds, where a look at the index shows that nobody holds anything near: they are free then; `null`: it has to find out. */
export function firstCheck(
  look: StoreLook,
  typed: readonly string[],
): { readonly checked: Checked; readonly freshness: ReturnType<StoreLook['freshness']> } | null {
  const { inside: addresses, outside } = readAddresses(look, typed)
  const found = look.holdsNear(addresses.flatMap(pathsNear))
  if (found === null || found.holding.length > 0) return null
  const freshness = look.freshness(found.kinds)
  if (hasNeverPulled(freshness)) return null
  const misspelt = misspellings(look, addresses)
  return {
    checked: { status: 'free', addresses, outside, misspelt, holders: [], moreHolders: 0, unread: [] },
    freshness,
  }
}
