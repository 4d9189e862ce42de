import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { cleanUp } from './clean-up.js'

/** An empty directory without symbolic links on the way to it, removed after the test. */
export function temporaryDirectory(): string {
  const directory = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'muse-coord-')))
  // A process that was just killed may still make a file while this goes through.
  cleanUp(() => fs.rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 }))
  return directory
}
