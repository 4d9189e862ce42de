import type { Tool } from './tool.js'
import { checkTool } from './tools/check.js'
import { claimTool } from './tools/claim.js'
import { enqueueTool } from './tools/enqueue.js'
import { finishTool } from './tools/finish.js'
import { releaseTool } from './tools/release.js'
import { reserveTool } from './tools/reserve.js'
import { showTool } from './tools/show.js'
import { statusTool } from './tools/status.js'

/** What models can ask for, in the order in which they are told. Each costs the context of every session, so they are few. */
export const TOOLS: readonly Tool[] = [
  statusTool,
  checkTool,
  reserveTool,
  releaseTool,
  claimTool,
  finishTool,
  enqueueTool,
  showTool,
]
