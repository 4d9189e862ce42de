/** The door for programs: a session, the pipelines, and every verb as a function of a session. */

export { type Guarded, type GuardedHook, type GuardRequest, guard } from '../plugins/agents/guard.js'
export { type HookResult, hook } from '../plugins/agents/hook.js'
export type { HookRequest } from '../plugins/agents/read-event.js'
export type { SetUpFile } from '../plugins/agents/set-up-file.js'
export { type SetUp, type SetupRequest, setup } from '../plugins/agents/setup.js'
export { type McpStreams, serveMcp } from '../plugins/mcp/serve-mcp.js'
export { type Checked, type CheckRequest, check } from '../plugins/reserving/check.js'
export type { Conflict as AddressConflict } from '../plugins/reserving/conflicts.js'
export { type Forecast, type ForecastConflict, forecast } from '../plugins/reserving/forecast.js'
export { type Beaten, type HeartbeatRequest, heartbeat } from '../plugins/reserving/heartbeat.js'
export { type DeclaredIntent, type IntentRequest, intent } from '../plugins/reserving/intent.js'
export { type Released, type ReleaseRequest, release } from '../plugins/reserving/release.js'
export { type Reserved, type ReserveRequest, reserve } from '../plugins/reserving/reserve.js'
export { type ClaimRequest, claim } from '../plugins/tasks/claim.js'
export type { ClaimedTask } from '../plugins/tasks/claim-task.js'
export { complete, type EndRequest, type FailedTask, type FailRequest, fail } from '../plugins/tasks/complete.js'
export type { EndedTask } from '../plugins/tasks/end-task.js'
export { type EnqueuedTask, enqueue, type NewTask } from '../plugins/tasks/enqueue.js'
export { type HandedTask, type HandoverRequest, handover } from '../plugins/tasks/handover.js'
export { type ListedTask, type TaskFilter, tasks } from '../plugins/tasks/tasks.js'
export { replace, type WithdrawRequest, withdraw } from '../plugins/tasks/withdraw.js'
export { IDENTITIES, type Identities } from './auth/identities.js'
export { CLOCK, type Clock, systemClock } from './base/clock.js'
export { asCoordError, CoordError, coordError, type ErrorCode, type Status as ErrorStatus } from './base/errors.js'
export { type ContainerOptions, createContainer } from './container.js'
export type { FileOptions, Folder, FolderOptions } from './files/folder.js'
export { diskStorage, STORAGE, type Storage } from './files/storage.js'
export { FETCH, HUB_CONNECTOR, HubConnector } from './hub-client/hub-connector.js'
export { KIND, type Kind, type Plugin } from './kinds/kind.js'
export { type KindRegistry, registryOf } from './kinds/registry.js'
export { type KindPackage, makeKindPackage } from './kinds/scaffold/make-kind-package.js'
export { openSession, type SessionOptions } from './open-session.js'
export type { Conflict, Holder, Lease, Rejection } from './record/protocol.js'
export type { CoordRecord, JsonObject, MergeRule, StoredRecord } from './record/record.js'
export { type DoctorOptions, type DoctorResult, doctor, type ToldFinding } from './sync/doctor/doctor.js'
export { type GcOptions, type GcResult, gc, type RemovedFile } from './sync/gc.js'
export { type Joined, type JoinRequest, join } from './sync/join.js'
export { type KeeperEvent, type KeeperOptions, keep } from './sync/keeper.js'
export type { GivenBack } from './sync/leaving/give-back-holds.js'
export { type LeaveRequest, type Left, leave } from './sync/leaving/leave.js'
export { type TakeBackRequest, type TakenBack, takeBack } from './sync/leaving/take-back.js'
export { PULL, type Pull, type PullOptions, type PullResult, pull } from './sync/pull/pull.js'
export type { RefusedRecord } from './sync/pull/received.js'
export type { LostLease } from './sync/push/note-leases.js'
export { PUSH, type Push, type PushOptions, type PushResult, push } from './sync/push/push.js'
export { findUnsent, type Unsent } from './sync/push/unsent.js'
export { type RunRequest, type RunResult, run } from './sync/running/run.js'
export type { Attention } from './sync/status/attention.js'
export { type Mine, mine, type OwnHold } from './sync/status/mine.js'
export { type Status, type StatusHold, type StatusOptions, type StatusRun, status } from './sync/status/status.js'
export { type Awaited, type WaitRequest, wait } from './sync/waiting/wait.js'
export { type WatchEvent, type WatchOptions, watch } from './sync/watch.js'
export { type ServedUi, serveUi } from './ui/serve-ui.js'
export { type Dag, type DagNode, dag } from './workspace/dag.js'
export type { Copy, Entry } from './workspace/entry.js'
export { type Freshness, freshness } from './workspace/freshness.js'
export {
  type KeygenOptions,
  keygen,
  type RevokeKeyResult,
  readUsage,
  register,
  rotateKey,
  showIdentity,
} from './workspace/identities.js'
export type { Standing } from './workspace/index/standing.js'
export { type InitResult, type InitValues, init } from './workspace/init-repo.js'
export {
  type ListedInvitation,
  type ListedInvitations,
  listInvitations,
  takeInvitationBack,
} from './workspace/invitations.js'
export { keeperOf } from './workspace/keeper-lock.js'
export { type ListedKeys, listKeys, revokeKey } from './workspace/keys.js'
export { type ListedKind, listKinds } from './workspace/list-kinds.js'
export { followLog, type LogFilter, type LogOptions, type LogResult, log, type ShownEvent } from './workspace/log.js'
export type { IgnoredFile } from './workspace/record-files.js'
export type { Session } from './workspace/session.js'
export { type ShownRecord, type ShowResult, show } from './workspace/show.js'
export {
  type InvitedDevice,
  inviteDevice,
  inviteToSpace,
  readSpaceLog,
  type SpaceInvitation,
  setRole,
  setRule,
  setVisibility,
  showSpace,
} from './workspace/space.js'
export type { SpaceChoice } from './workspace/space-choice.js'
export { type Trust, type TrustRequest, trust } from './workspace/trust.js'
export { type TrustedHub, trustHub } from './workspace/trust-hub.js'
export type { View } from './workspace/view.js'
export { type Whoami, whoami } from './workspace/whoami.js'
export type { Workspace } from './workspace/workspace.js'
export type { Worth, WorthCount, WorthDay } from './workspace/worth/read-worth.js'
