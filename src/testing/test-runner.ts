/** What jest, vitest, mocha and `node:test` have in common. */
export interface TestRunner {
  describe(name: string, body: () => void): void
  it: ((name: string, body: () => Promise<void>, timeoutMilliseconds?: number) => void) & {
    skip(name: string, body: () => Promise<void>): void
  }
}

/** The runner that put its functions into the global scope. */
export function globalRunner(): TestRunner {
  const { describe, it } = globalThis as unknown as Partial<TestRunner>
  if (describe === undefined || it === undefined) {
    throw new Error('There is no global describe and it: pass them as { runner: { describe, it } }.')
  }
  return { describe, it }
}
