import type { Plugin } from '../../src/plugin.js'
import check from '../reserving/verbs/check.js'
import forecast from '../reserving/verbs/forecast.js'
import heartbeatVerb from '../reserving/verbs/heartbeat.js'
import intentVerb from '../reserving/verbs/intent.js'
import releaseVerb from '../reserving/verbs/release.js'
import reserve from '../reserving/verbs/reserve.js'
import claimVerb from '../tasks/verbs/claim.js'
import complete from '../tasks/verbs/complete.js'
import enqueue from '../tasks/verbs/enqueue.js'
import failTask from '../tasks/verbs/fail-task.js'
import tasks from '../tasks/verbs/tasks.js'
import dag from './dag.js'
import run from './run.js'
import status from './status.js'
import wait from './wait.js'

/** The built-in commands that know a kind, in the order of the overview. */
export const builtInVerbs: readonly Plugin[] = [
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
