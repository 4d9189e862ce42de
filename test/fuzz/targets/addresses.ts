import { type Address, parseAddress } from '../../../plugins/addresses/address.js'
import { addressesOverlap } from '../../../plugins/addresses/overlaps.js'
import { toldOrThrow } from '../promises.js'
import type { Target } from '../target.js'

/** Two addresses, a line each: what one reserves and what another asks for. */
export const addresses: Target = {
  name: 'addresses',
  seeds: [
    'src/a.ts\nsrc/**',
    'src/**/*.{ts,tsx}\nsrc/{a,b}/[a-c]*.ts::Parser.next',
    '**/a*b*c*d*e*f\n**/*a*b*c*d*e*g',
    ':/docs/ü/\ndocs/u\u0308/x.md',
  ],
  words: [
    '**',
    '*',
    '?',
    '{',
    '}',
    ',',
    '[',
    ']',
    '::',
    ':/',
    '/',
    './',
    '../',
    '\\',
    'src',
    '.ts',
    '!',
    '[!a]',
    '{a,b}',
  ],
  start: async () => ({
    async take(input) {
      const [one, other] = input.toString('utf8').split('\n', 2).map(parsed)
      if (one == null || other == null) return
      if (addressesOverlap(one, other) !== addressesOverlap(other, one)) throw new Error('meets from one side only')
      if (!addressesOverlap(one, one)) throw new Error('does not meet itself')
    },
    async close() {},
  }),
}

function parsed(text: string): Address | null {
  try {
    return parseAddress(text)
  } catch (thrown) {
    toldOrThrow(thrown)
    return null
  }
}
