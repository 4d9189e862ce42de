import { defineCommands, type Plugin } from '../src/plugin.js'
import { guardCommand } from './agents/guard-command.js'
import { hookCommand } from './agents/hook-command.js'
import { primeCommand } from './agents/prime-command.js'
import { setupCommand } from './agents/setup-command.js'
import { mcpCommand } from './mcp/mcp-command.js'
import { checkCommand } from './reserving/check-command.js'
import { forecastCommand } from './reserving/forecast-command.js'
import { heartbeatCommand } from './reserving/heartbeat-command.js'
import { intentCommand } from './reserving/intent-command.js'
import { releaseCommand } from './reserving/release-command.js'
import { reserveCommand } from './reserving/reserve-command.js'
import { claimCommand } from './tasks/claim-command.js'
import { completeCommand } from './tasks/complete-command.js'
import { enqueueCommand } from './tasks/enqueue-command.js'
import { failCommand } from './tasks/fail-task-command.js'
import { handoverCommand } from './tasks/handover-command.js'
import { tasksCommand } from './tasks/tasks-command.js'
import { withdrawCommand } from './tasks/withdraw-command.js'

/** The built-in commands that know a kind, in the order of the overview. */
export const builtInCommands: Plugin = defineCommands(
  reserveCommand,
  releaseCommand,
  heartbeatCommand,
  intentCommand,
  checkCommand,
  forecastCommand,
  enqueueCommand,
  claimCommand,
  completeCommand,
  failCommand,
  handoverCommand,
  withdrawCommand,
  tasksCommand,
  setupCommand,
  hookCommand,
  mcpCommand,
  primeCommand,
  guardCommand,
)
