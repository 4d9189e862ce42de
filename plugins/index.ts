import type { Plugin } from '../src/plugin.js'
import { agentPrograms } from './agents/programs.js'
import claim from './claim.js'
import dependency from './dependency.js'
import heartbeat from './heartbeat.js'
import intent from './intent.js'
import { builtInParts } from './registrations.js'
import release from './release.js'
import reservation from './reservation.js'
import task from './task.js'

/**
 * The built-in kinds, in the order in which their records are gathered and sent, and what `run` and `status` ask of them. Their
 * commands: `commands.ts`.
 */
export const builtInKinds: readonly Plugin[] = [
  ...[reservation, heartbeat, intent, release, dependency, task, claim],
  builtInParts,
  agentPrograms,
]
