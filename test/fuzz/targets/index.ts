import type { Target } from '../target.js'
import { addresses } from './addresses.js'
import { archives } from './archives.js'
import { bodies } from './bodies.js'
import { frames } from './frames.js'
import { hookInputs } from './hook-inputs.js'
import { mcpMessages } from './mcp-messages.js'
import { pages } from './pages.js'
import { recordFiles } from './record-files.js'
import { requests } from './requests.js'
import { settings } from './settings.js'

/** Everything that takes what somebody else has written. */
export const TARGETS: readonly Target[] = [
  ...[bodies, requests, pages, frames, addresses, settings, recordFiles, hookInputs, mcpMessages, archives],
]
