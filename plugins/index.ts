import type { Plugin } from '../src/index.js'
import claim from './claim.js'
import dependency from './dependency.js'
import heartbeat from './heartbeat.js'
import intent from './intent.js'
import release from './release.js'
import reservation from './reservation.js'
import task from './task.js'
import check from './verbs/check.js'
import claimVerb from './verbs/claim.js'
import complete from './verbs/complete.js'
import dag from './verbs/dag.js'
import enqueue from './verbs/enqueue.js'
import failTask from './verbs/fail-task.js'
import forecast from './verbs/forecast.js'
import heartbeatVerb from './verbs/heartbeat.js'
import intentVerb from './verbs/intent.js'
import releaseVerb from './verbs/release.js'
import reserve from './verbs/reserve.js'
import run from './verbs/run.js'
import status from './verbs/status.js'
import tasks from './verbs/tasks.js'
import wait from './verbs/wait.js'

/** In the order in which records are gathered and sent. */
const kinds: readonly Plugin[] = [reservation, heartbeat, intent, release, dependency, task, claim]

/** In the order of the overview. */
const verbs: readonly Plugin[] = [
  reserve,
  releaseVerb,
  heartbeatVerb,
  intentVerb,
  check,
  status,
  forecast,
  dag,
  enqueue,
  claimVerb,
  complete,
  failTask,
  run,
  wait,
  tasks,
]

/** The built-in plugins: the kinds, and the commands that know them. */
export const builtInPlugins: readonly Plugin[] = [...kinds, ...verbs]
