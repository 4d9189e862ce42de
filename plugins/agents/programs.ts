import {
  AGENT_PROGRAM,
  type AgentProgram,
  type Check,
  DOCTOR_CHECK,
  type Plugin,
  STATUS_PART,
  type StatusPart,
} from '../../src/plugin.js'
import { claudeCode } from './claude-code.js'
import { codex } from './codex.js'
import { copilot } from './copilot.js'
import { geminiCli } from './gemini-cli.js'
import { opencode } from './opencode.js'

const hookStatus: StatusPart = {
  async read(session) {
    const { readHookStatus } = await import('./status-part.js')
    return readHookStatus(session)
  },
}

const hooksCheck: Check = {
  name: 'hooks',
  async examine(patient) {
    const { examineHooks } = await import('./examine-hooks.js')
    return examineHooks(patient)
  },
}

/** The agent programs that are known. Another one is a file and a line here, or a plugin of its own. */
export const agentPrograms: Plugin = (container) => {
  for (const program of [claudeCode, codex, geminiCli, opencode, copilot]) {
    container.register<AgentProgram>(AGENT_PROGRAM, { useValue: program })
  }
  container.register<StatusPart>(STATUS_PART, { useValue: hookStatus })
  container.register<Check>(DOCTOR_CHECK, { useValue: hooksCheck })
}
