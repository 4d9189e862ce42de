import type { AgentProgram } from '../../src/plugin.js'
import { claudeCode } from './claude-code.js'
import { codex } from './codex.js'
import { copilot } from './copilot.js'
import { geminiCli } from './gemini-cli.js'
import { opencode } from './opencode.js'

/** The agent programs that are known. Another one is a file and a line here, or a plugin of its own. */
export const PROGRAMS: readonly AgentProgram[] = [claudeCode, codex, geminiCli, opencode, copilot]
