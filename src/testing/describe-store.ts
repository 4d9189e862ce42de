import type { Store } from '../hub/stores/store.js'
import { archiveTests } from './store-tests/archive.js'
import { changeFeedTests } from './store-tests/change-feed.js'
import { concurrencyTests } from './store-tests/concurrency.js'
import { durabilityTests } from './store-tests/durability.js'
import { firstTests } from './store-tests/first.js'
import { historyTests } from './store-tests/history.js'
import { identityTests } from './store-tests/identities.js'
import { mergeTests } from './store-tests/merge.js'
import { readingTests } from './store-tests/reading.js'
import { spaceTests } from './store-tests/spaces.js'
import type { StoreTest } from './store-tests/store-test.js'
import { upkeepTests } from './store-tests/upkeep.js'
import { usageTests } from './store-tests/usage.js'
import { globalRunner, type TestRunner } from './test-runner.js'

/** Tests that a store cannot pass, and why: the list of what it does not promise. */
export interface StoreGap {
  reason: string
  /** Full names of tests. */
  tests: readonly string[]
}

export interface DescribeStoreOptions {
  skip?: readonly StoreGap[]
  /** Where the runner does not put `describe` and `it` into the global scope. */
  runner?: TestRunner
}

const SECTIONS: Record<string, readonly StoreTest[]> = {
  spaces: spaceTests,
  identities: identityTests,
  merging: mergeTests,
  'the first that is free': firstTests,
  reading: readingTests,
  durability: durabilityTests,
  history: historyTests,
  concurrency: concurrencyTests,
  'change feed': changeFeedTests,
  upkeep: upkeepTests,
  usage: usageTests,
  archive: archiveTests,
}

/** Some tests have writers contend; a busy machine needs its time. */
const TIMEOUT_MILLISECONDS = 60_000

/**
 * The conformance suite of stores: what `Store` promises, as tests. Any runner, any assertion style around it.
 *
 * @param name of the store, for the report
 * @param open opens the store of a place: a word of small letters and digits, new for each test. One place may be
 *   opened several times at once, and is the same store each time. What it leaves behind, the caller removes.
 */
export function describeStore(
  name: string,
  open: (place: string) => Promise<Store>,
  { skip = [], runner = globalRunner() }: DescribeStoreOptions = {},
): void {
  const { describe, it } = runner
  const reasons = new Map(skip.flatMap(({ reason, tests }) => tests.map((test) => [test, reason])))
  let places = 0

  describe(`store: ${name}`, () => {
    for (const [section, tests] of Object.entries(SECTIONS)) {
      describe(section, () => {
        for (const test of tests) {
          const reason = reasons.get(test.name)
          reasons.delete(test.name)
          const body = () => run(test, open, `place${++places}`)
          if (reason === undefined) it(test.name, body, TIMEOUT_MILLISECONDS)
          else it.skip(`${test.name} (${reason})`, body)
        }
      })
    }
  })

  const [unknown] = reasons.keys()
  if (unknown !== undefined) throw new Error(`describeStore: there is no test "${unknown}" to skip`)
}

async function run(test: StoreTest, open: (place: string) => Promise<Store>, place: string): Promise<void> {
  const opened: Store[] = []
  try {
    await test.run({
      async open() {
        const store = await open(place)
        opened.push(store)
        return store
      },
    })
  } finally {
    await Promise.all(opened.map((store) => store.close()))
  }
}
