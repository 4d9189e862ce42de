import { availableParallelism } from 'node:os'

/** Tests run in Node itself; see `test/support/jest/`. */
export default {
  // One more than cores for each two: tests wait, for ends of leases and for hubs that do not answer, and others run meanwhile.
  maxWorkers: Math.ceil(availableParallelism() * 1.5),
  reporters: ['default', '<rootDir>/test/support/summary-reporter.js'],
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  // For processes and hubs on a machine that has other things to do; nothing here waits that long by itself.
  testTimeout: 60_000,
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/fixtures/', '<rootDir>/test/bench/'],
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  extensionsToTreatAsEsm: ['.ts'],
  testEnvironment: '<rootDir>/test/support/jest/environment.cjs',
  runtime: '<rootDir>/test/support/jest/runtime.cjs',
  globalSetup: '<rootDir>/test/support/jest/temporary-place.mjs',
  globalTeardown: '<rootDir>/test/support/jest/remove-place.mjs',
  setupFilesAfterEnv: ['<rootDir>/test/support/setup.ts'],
  transform: {},
}
