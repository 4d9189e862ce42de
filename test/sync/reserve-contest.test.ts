import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { contest } from '../soak/reservations/contest.js'

/** Built by `.ci/prepare.mjs`, which `npm test` calls. */
const executable = path.resolve(import.meta.dirname, '../../dist/cli.cjs')

describe('agents that ask for the same addresses at once', () => {
  it.each([
    [
      'six, in working trees on two machines, two of one name',
      { stores: 2, treesAStore: 3, killsHubs: false, rounds: 2, hasNamesakes: true },
    ],
    ['three, on a machine each, while the hub is killed', { stores: 3, treesAStore: 1, killsHubs: true, rounds: 2 }],
  ])(
    'are told yes once and no otherwise, with who has it: %s',
    async (_, stage) => {
      const { violations, won, kills } = await contest({ ...stage, seed: 7, executable })
      expect(violations).toEqual([])
      if (stage.killsHubs) expect(kills).toBeGreaterThan(0)
      else expect(won).toBe(stage.rounds)
    },
    180_000,
  )
})
