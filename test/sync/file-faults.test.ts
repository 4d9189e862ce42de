import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { soakFiles } from '../soak/files/soak-files.js'

/** Built by `.ci/prepare.mjs`, which `npm test` calls. */
const executable = path.resolve(import.meta.dirname, '../../dist/cli.cjs')

describe('a file call that fails', () => {
  it.each([
    ['reserve:extended', 'EACCES', 250],
    ['check:extended', 'EIO', 140],
  ] as const)(
    'of %s by %s makes nothing free that is held, and the next command goes on',
    async (verb, fault, every) => {
      const {
        verbs: [result],
      } = await soakFiles({ executable, verbs: [verb], faults: [fault], every, seed: 7, jobs: 2 })
      expect(result?.violations).toEqual([])
      expect(result?.rounds).toBeGreaterThan(0)
    },
    60_000,
  )
})

describe('a disk that is full', () => {
  it('is told of, and lets nobody lose or get anything', async () => {
    const options = { executable, faults: ['full'] as const, every: 6, seed: 7, jobs: 2 }
    const { verbs, skipped } = await soakFiles({ ...options, verbs: ['check:extended', 'doctor'] })
    expect(verbs.flatMap(({ violations }) => violations)).toEqual([])
    // Where no file system may be mounted that is said, and nothing else was played.
    const rounds = verbs.reduce((sum, verb) => sum + verb.rounds, 0)
    expect(rounds > 0 ? 'played' : skipped.join()).toMatch(/^(played|full: )/)
  }, 60_000)
})
