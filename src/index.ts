/** The door for programs: a session, the pipelines, and every verb as a function of a session. */
export { CLOCK, type Clock, systemClock } from './base/clock.js'
export { asCoordError, CoordError, coordError, type ErrorCode, type Status } from './base/errors.js'
export { type ContainerOptions, createContainer } from './container.js'
export { FETCH, HUB_CONNECTOR, HubConnector, IDENTITIES, type Identities } from './hub-client/hub-connector.js'
export { KIND, type Kind, type Plugin } from './kinds/kind.js'
export { type KindRegistry, registryOf } from './kinds/registry.js'
export { openSession, type SessionOptions } from './open-session.js'
export type { Conflict, Holder, Lease, Rejection } from './record/protocol.js'
export type { CoordRecord, JsonObject, MergeRule, StoredRecord } from './record/record.js'
export { type GcOptions, type GcResult, gc, type RemovedFile } from './sync/gc.js'
export { PULL, type Pull, type PullOptions, type PullResult, pull } from './sync/pull/pull.js'
export type { RefusedRecord } from './sync/pull/received.js'
export { PUSH, type Push, type PushOptions, type PushResult, push } from './sync/push/push.js'
export type { LostLease } from './sync/push/settle-leases.js'
export { findUnsent, type Unsent } from './sync/push/unsent.js'
export { type WatchEvent, type WatchOptions, watch } from './sync/watch.js'
export type { Copy, Entry } from './workspace/entry.js'
export {
  type KeygenOptions,
  keygen,
  type RevokeKeyResult,
  register,
  revokeKey,
  rotateKey,
  whoami,
} from './workspace/identities.js'
export type { Standing } from './workspace/index/standing.js'
export { type InitResult, type InitValues, init } from './workspace/init-repo.js'
export { type ListedKind, listKinds } from './workspace/list-kinds.js'
export { followLog, type LogFilter, type LogOptions, type LogResult, log, type ShownEvent } from './workspace/log.js'
export type { IgnoredFile } from './workspace/record-files.js'
export type { Session, SpaceChoice } from './workspace/session.js'
export { type ShownRecord, type ShowResult, show } from './workspace/show.js'
export { setRole, setVisibility, showSpace } from './workspace/space.js'
export type { View } from './workspace/view.js'
export type { Workspace } from './workspace/workspace.js'
