/** Conformance suites for authors of kinds and of stores. They run in any runner that has `describe` and `it`. */
export { type DescribeKindOptions, describeKind } from './testing/describe-kind.js'
export { type DescribeStoreOptions, describeStore, type StoreGap } from './testing/describe-store.js'
export type { TestRunner } from './testing/test-runner.js'
