import { isIP } from 'node:net'
import { coordError } from '../base/errors.js'
import { quote } from '../base/quote.js'

const LONGEST_PREFIX: Readonly<Record<number, number>> = { 4: 32, 6: 128 }

/**
 * Proxies as they are named on the command line: addresses, or networks as `10.0.0.0/8`.
 *
 * @throws `FLAG_VALUE`
 */
export function parseProxies(words: readonly string[]): readonly string[] {
  for (const word of words) {
    if (!isNetwork(word)) {
      throw coordError('FLAG_VALUE', '--trust-proxy', quote(word), 'an address or a network such as 10.0.0.0/8')
    }
  }
  return words
}

function isNetwork(word: string): boolean {
  const [address = '', length, ...more] = word.split('/')
  const longest = LONGEST_PREFIX[isIP(address)]
  if (longest === undefined || more.length > 0) return false
  return length === undefined || (/^\d{1,3}$/.test(length) && Number(length) <= longest)
}
