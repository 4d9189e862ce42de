import type { Plugin } from '../src/index.js'
import claim from './claim.js'
import dependency from './dependency.js'
import heartbeat from './heartbeat.js'
import intent from './intent.js'
import release from './release.js'
import reservation from './reservation.js'
import task from './task.js'

/** The built-in plugins. Their order is the order in which records are gathered and sent. */
export const builtInPlugins: readonly Plugin[] = [reservation, heartbeat, intent, release, dependency, task, claim]
