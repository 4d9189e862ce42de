import { type Address, MAX_ADDRESS_LENGTH, parseAddress } from '../../../plugins/addresses/address.js'
import { newSteps } from '../../../plugins/addresses/names-meet.js'
import { addressesOverlap } from '../../../plugins/addresses/overlaps.js'
import { toldOrThrow } from '../promises.js'
import type { Target } from '../target.js'

/** Two addresses, a line each: what one reserves and what another asks for. */
export const addresses: Target = {
  name: 'addresses',
  seeds: [
    'src/a.ts\nsrc/**',
    `${'{a,b}/'.repeat(8)}x\n${'{'.repeat(900)}${'{a,b}'.repeat(8)}`,
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
      const texts = input.toString('utf8').split('\n', 2)
      const [one, other] = texts.map(parsed)
      if (one == null || other == null) return
      if (overlap(one, other) !== overlap(other, one)) throw new Error('meets from one side only')
      if (!overlap(one, one)) throw new Error('does not meet itself')
      if (isTooMuchCpu(() => addressesOverlap(one, other))) throw new Error('is compared for too long')
      for (const text of texts) if (isTooMuchCpu(() => parsed(text))) throw new Error('is taken apart for too long')
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

/** Those of one comparison, of its symbols as well, each with a row of the longest names beyond the last. */
const MOST_STEPS = 2 * (newSteps().left + 2 * MAX_ADDRESS_LENGTH)

/** One has to be taken apart for each that is held: a hundred of them are to take no second. Here the processor may be shared. */
const MOST_CPU_MILLISECONDS = 30

/** Three times over it, for what else the process does adds to one. */
function isTooMuchCpu(work: () => unknown): boolean {
  return [1, 2, 3].every(() => {
    const before = process.cpuUsage()
    work()
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1000 > MOST_CPU_MILLISECONDS
  })
}

function overlap(one: Address, other: Address): boolean {
  const steps = newSteps()
  const most = steps.left
  const doMeet = addressesOverlap(one, other, steps)
  if (most - steps.left > MOST_STEPS) throw new Error(`took ${most - steps.left} steps`)
  return doMeet
}
