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
