import type { Plugin } from '../../src/index.js'
import check from './check.js'
import claimVerb from './claim.js'
import complete from './complete.js'
import dag from './dag.js'
import enqueue from './enqueue.js'
import failTask from './fail-task.js'
import forecast from './forecast.js'
import heartbeatVerb from './heartbeat.js'
import intentVerb from './intent.js'
import releaseVerb from './release.js'
import reserve from './reserve.js'
import run from './run.js'
import status from './status.js'
import tasks from './tasks.js'
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
