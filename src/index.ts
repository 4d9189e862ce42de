/** The library's front door: what programs and plugins import. */
export { CLOCK, type Clock, systemClock } from './clock.js'
export {
  COMMAND,
  type Command,
  type CommandCall,
  type CommandOption,
  type CommandResult,
  defineCommands,
} from './commands/command.js'
export { readDuration } from './commands/duration.js'
export type { Flags } from './commands/flags.js'
export { readJson } from './commands/json.js'
export type { Output } from './commands/output.js'
export { readRunId } from './commands/run-id.js'
export { SYNC_OPTIONS } from './commands/sync-options.js'
export { table } from './commands/table.js'
export { oneLine } from './commands/terminal.js'
export { unsentOf } from './commands/unsent-of.js'
export { type ContainerOptions, createContainer } from './container.js'
export { asCoordError, CoordError, coordError, type ErrorCode, type Status } from './errors.js'
export { defineKind, KIND, type Kind, type Plugin, type RecordSource, type SeenRecord } from './kinds/kind.js'
export { type KindRegistry, registryOf } from './kinds/registry.js'
export type { Copy, Entry } from './local/entry.js'
export type { LeaseHolder, LeaseNote } from './local/lease-notes.js'
export type { IgnoredFile } from './local/record-files.js'
export type { View } from './local/view.js'
export { nearest } from './nearest.js'
export type { Conflict, Holder, Lease, Rejection } from './protocol.js'
export {
  type CoordRecord,
  isSafeRecordId,
  isTimestamp,
  type JsonObject,
  type MergeRule,
  quote,
  type StoredRecord,
} from './record.js'
export { type PullOptions, type PullResult, pull } from './sync/pull.js'
export { type PushOptions, type PushResult, push } from './sync/push.js'
export type { RefusedRecord } from './sync/received.js'
export type { LostLease } from './sync/settle-leases.js'
export type { TargetOptions } from './sync/target.js'
export type { Unsent } from './sync/unsent.js'
export { type WatchEvent, type WatchOptions, watch } from './sync/watch.js'
export { startTimer } from './timer.js'
export { formatTimestamp } from './timestamp.js'
export { findId } from './workspace/find-id.js'
export { type LeaseAnswer, type LeaseMode, type LeaseRequest, type Leases, openLeases } from './workspace/leases.js'
export { type Look, type WaitOptions, waitUntil } from './workspace/wait-until.js'
export { openWorkspace, Workspace } from './workspace/workspace.js'
