import type { Plugin } from '../src/plugin.js'
import check from './reserving/check-command.js'
import forecast from './reserving/forecast-command.js'
import heartbeat from './reserving/heartbeat-command.js'
import intent from './reserving/intent-command.js'
import release from './reserving/release-command.js'
import reserve from './reserving/reserve-command.js'
import claim from './tasks/claim-command.js'
import complete from './tasks/complete-command.js'
import enqueue from './tasks/enqueue-command.js'
import failTask from './tasks/fail-task-command.js'
import tasks from './tasks/tasks-command.js'

/** The built-in commands that know a kind, in the order of the overview. */
export const builtInCommands: readonly Plugin[] = [
  ...[reserve, release, heartbeat, intent, check, forecast],
  ...[enqueue, claim, complete, failTask, tasks],
]
