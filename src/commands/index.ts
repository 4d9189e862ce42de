import { authKeygen } from './auth/keygen.js'
import { authKeys } from './auth/keys.js'
import { authRegister } from './auth/register.js'
import { authRevoke } from './auth/revoke.js'
import { authRotate } from './auth/rotate.js'
import { authTrustHub } from './auth/trust-hub.js'
import { authWhoami } from './auth/whoami.js'
import type { Command } from './command.js'
import { completion } from './completion.js'
import { demo } from './demo.js'
import { doctor } from './doctor.js'
import { hubBackup } from './hub/backup.js'
import { hubExport } from './hub/export.js'
import { hubImport } from './hub/import.js'
import { hubInvite } from './hub/invite.js'
import { hubRestore } from './hub/restore.js'
import { hubRevoke } from './hub/revoke.js'
import { hubServe } from './hub/serve.js'
import { hubStats } from './hub/stats.js'
import { hubSweep } from './hub/sweep.js'
import { init } from './init.js'
import { join } from './join.js'
import { kinds } from './kinds.js'
import { kindsNew } from './kinds-new.js'
import { dag } from './records/dag.js'
import { gc } from './records/gc.js'
import { leave } from './records/leave.js'
import { log } from './records/log.js'
import { mine } from './records/mine.js'
import { run } from './records/run.js'
import { show } from './records/show.js'
import { status } from './records/status.js'
import { ui } from './records/ui.js'
import { wait } from './records/wait.js'
import { whoami } from './records/whoami.js'
import { spaceGrant } from './space/grant.js'
import { spaceInvite } from './space/invite.js'
import { spaceInvites } from './space/invites.js'
import { spaceKind } from './space/kind.js'
import { spaceLog } from './space/log.js'
import { spaceRelease } from './space/release.js'
import { spaceRevoke } from './space/revoke.js'
import { spaceShow } from './space/show.js'
import { spaceUninvite } from './space/uninvite.js'
import { spaceVisibility } from './space/visibility.js'
import { syncPull } from './sync/pull.js'
import { syncPush } from './sync/push.js'
import { syncWatch } from './sync/watch.js'
import { trust } from './trust.js'

/** The program's own commands, in the order of the overview; those that know a kind are plugins'. */
export const coreCommands: readonly Command[] = [
  syncPush,
  syncPull,
  syncWatch,
  status,
  mine,
  ui,
  whoami,
  show,
  log,
  dag,
  wait,
  run,
  leave,
  gc,
  init,
  join,
  trust,
  doctor,
  kinds,
  kindsNew,
  authKeygen,
  authRegister,
  authWhoami,
  authKeys,
  authRotate,
  authRevoke,
  authTrustHub,
  spaceShow,
  spaceVisibility,
  spaceInvite,
  spaceInvites,
  spaceUninvite,
  spaceGrant,
  spaceRevoke,
  spaceKind,
  spaceRelease,
  spaceLog,
  hubServe,
  hubInvite,
  hubRevoke,
  hubStats,
  hubSweep,
  hubBackup,
  hubRestore,
  hubExport,
  hubImport,
  demo,
  completion,
]
