import {
  AGENT_PROGRAM,
  type AgentProgram,
  type Check,
  DOCTOR_CHECK,
  type Plugin,
  STATUS_PART,
  type StatusPart,
} from '../../src/plugin.js'
import { PROGRAMS } from './program-table.js'

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

export const agentPrograms: Plugin = (container) => {
  for (const program of PROGRAMS) {
    container.register<AgentProgram>(AGENT_PROGRAM, { useValue: program })
  }
  container.register<StatusPart>(STATUS_PART, { useValue: hookStatus })
  container.register<Check>(DOCTOR_CHECK, { useValue: hooksCheck })
}
