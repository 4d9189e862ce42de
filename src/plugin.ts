/** The door for authors of kinds and commands: all that a plugin imports, the built-in ones too. */
export { CLOCK, type Clock } from './base/clock.js'
export { endText, untilText } from './base/end-text.js'
export { endingWith } from './base/ending-with.js'
export { asCoordError, CoordError, coordError, type ErrorCode, problemOf, type Status } from './base/errors.js'
export { findCycle } from './base/graph.js'
export { stringifyWithTexts } from './base/json/json-text.js'
export { scanJson } from './base/json/scan.js'
export { compileCheck } from './base/json/validation.js'
export { nearest } from './base/nearest.js'
export { oneLine, printable, printableJson } from './base/printable.js'
export { quote } from './base/quote.js'
export { RELEASE } from './base/release.js'
export { shellWord } from './base/shell-word.js'
export { startTimer } from './base/timer.js'
export { formatTimestamp, isTimestamp, timeOf } from './base/timestamp.js'
export {
  COMMAND,
  type Command,
  type CommandCall,
  type CommandOption,
  type CommandResult,
  defineCommand,
  defineCommands,
} from './commands/command.js'
export type { Flags } from './commands/flags.js'
export { MAX_AGE_OPTION } from './commands/max-age.js'
export type { Output } from './commands/output.js'
export { chosenRunId, namedRun, RESUME_OPTION, RUN_ID_OPTION, readRunId } from './commands/run-id.js'
export { SYNC_OPTIONS } from './commands/sync/options.js'
export { table } from './commands/table.js'
export { type Followed, followLinks } from './files/follow-links.js'
export { type HeldLock, tryProcessLock } from './files/process-lock.js'
export { trustedUsers } from './files/trusted-users.js'
export { type AnyPlugin, definePlugin, type PluginDefinition } from './kinds/define-plugin.js'
export {
  type Beat,
  defineKind,
  type GivingBack,
  type Hold,
  KIND,
  type Kind,
  type KindOfSchema,
  type Meeting,
  type NewRecord,
  type Open,
  type Place,
  type Plugin,
  type RecordSource,
  type RecordState,
  type SeenCopy,
  type SeenRecord,
} from './kinds/kind.js'
export { openOf } from './kinds/open-of.js'
export { type KindRegistry, registryOf } from './kinds/registry.js'
export type { FromSchema, UncheckedPayload } from './kinds/schema-types.js'
export { parseHubUrl } from './record/hub-url.js'
export { type Extension, extendedEnd } from './record/merge/tenure.js'
export {
  type CoordRecord,
  idArgument,
  idFlag,
  isJsonObject,
  isSafeRecordId,
  type JsonObject,
  type MergeRule,
  type StoredRecord,
} from './record/record.js'
export { isSessionRun } from './record/run-name.js'
export { toWire } from './record/wire.js'
export { type Check, DOCTOR_CHECK, type Finding, fine, type Patient, wrong } from './sync/doctor/check.js'
export {
  acquireHold,
  type Confirmation,
  confirmRegister,
  holdNotes,
  loseHold,
  noteLost,
  noteTold,
  settleOpenHolds,
} from './sync/holding/exclusive-holds.js'
export type { ExclusiveWish, HoldAnswer, WaitWish } from './sync/holding/hold-answer.js'
export { keep, keeperFault } from './sync/keeper.js'
export { KEEPER_DUTY, type KeeperDuty } from './sync/keeper-duty.js'
export { type EnterOptions, enterRun } from './sync/leaving/enter-run.js'
export { type LeaveRequest, type Left, leave } from './sync/leaving/leave.js'
export {
  type CommandEnd,
  type Held,
  type HeldEnd,
  HOLDER,
  type Holder,
  type HoldWish,
} from './sync/running/holder.js'
export { type KeeperProgram, startKeeper } from './sync/start-keeper.js'
export type { Attention } from './sync/status/attention.js'
export { status } from './sync/status/status.js'
export { STATUS_PART, type StatusPart } from './sync/status/status-part.js'
export { type Look, type WaitOptions, waitUntil } from './sync/waiting/wait-until.js'
export {
  AGENT_PROGRAM,
  type AgentAnswer,
  type AgentEntry,
  type AgentEvent,
  type AgentFile,
  type AgentMoment,
  type AgentProgram,
  type AgentScope,
} from './workspace/agent-program.js'
export { besideStore } from './workspace/beside-store.js'
export { readConfig } from './workspace/config.js'
export { type Copy, type Entry, WHOEVER_COMMITTED } from './workspace/entry.js'
export { findRecordId } from './workspace/find-id.js'
export { type Freshness, freshness, hasNeverPulled } from './workspace/freshness.js'
export { type HoldNote, HoldNotes, type HoldWinner } from './workspace/holding/hold-notes.js'
export { assertHoldsRead, isHeldBy, lookForHolder, readHolds, unreadHolds } from './workspace/holds.js'
export { notePlace } from './workspace/index/noted-place.js'
export { settleIndex } from './workspace/index/settle.js'
export type { Standing } from './workspace/index/standing.js'
export { init } from './workspace/init-repo.js'
export type { HeldLease, LeaseAnswer, LeaseEnd, LeaseRefusal, LeaseWish } from './workspace/leases/lease-answer.js'
export type { LeaseHolder, LeaseNote } from './workspace/leases/lease-notes.js'
export { type LeaseMode, type Leases, openLeases } from './workspace/leases/leases.js'
export { type MissingLease, missingLeases, noteMissingTold } from './workspace/leases/missing-leases.js'
export { takeLease } from './workspace/leases/take-lease.js'
export { locate } from './workspace/locate.js'
export { type Origin, originOf, readOrigin } from './workspace/origin.js'
export { branchOf, placeName, placeOf, readPlace } from './workspace/place.js'
export type { IgnoredFile } from './workspace/record-files.js'
export { findRepo, treeTops } from './workspace/repo.js'
export { placeText, readLivingHolds } from './workspace/run-entry.js'
export { checkedRunId, runOfEnvironment, sessionRunId } from './workspace/run-id.js'
export { type RunStanding, readCurrentRuns } from './workspace/run-states.js'
export type { Session } from './workspace/session.js'
export { show } from './workspace/show.js'
export type { SpaceChoice } from './workspace/space-choice.js'
export { StoreLook } from './workspace/store-look.js'
export type { View } from './workspace/view.js'
export { findWorkingTree } from './workspace/working-tree.js'
export type { Workspace } from './workspace/workspace.js'
export { noteCollisions } from './workspace/worth/note-worth.js'
