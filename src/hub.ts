/** The door for programs and tests that run a hub in their own process, and for authors of stores. */
export { type Clock, systemClock } from './base/clock.js'
export type { Registration } from './hub/context.js'
export type { HubLimits } from './hub/limits.js'
export type { Retention } from './hub/retention.js'
export { type HubSettings, type RunningHub, startHub } from './hub/start-hub.js'
export { openStore } from './hub/stores/open-store.js'
export * from './hub/stores/store.js'
export type { MergeRule } from './record/record.js'
