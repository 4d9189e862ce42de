/**
 * Conformance suites for authors of kinds and of stores, which run in any runner that has `describe` and `it`; two machines of
 * one space with a real hub between them, a clock that they share, and a hub by itself.
 */
export { type HubSettings, type RunningHub, startHub } from './hub/start-hub.js'
export { type DescribeKindOptions, describeKind } from './testing/describe-kind.js'
export { type DescribeStoreOptions, describeStore, type StoreGap } from './testing/describe-store.js'
export { type TestClock, testClock } from './testing/test-clock.js'
export type { TestRunner } from './testing/test-runner.js'
export { openTwoMachines, type TwoMachines } from './testing/two-machines.js'
