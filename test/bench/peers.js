import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import path from 'node:path'

/** Installs what this directory's lock file names, the first time and when that has changed. */
export function installPeers() {
  const directory = import.meta.dirname
  const marker = path.join(directory, 'node_modules', '.package-lock.json')
  const lock = path.join(directory, 'package-lock.json')
  if (existsSync(marker) && statSync(marker).mtimeMs >= statSync(lock).mtimeMs) return
  process.stderr.write('Installing the peers (pouchdb, express-pouchdb) …\n')
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: directory,
    stdio: ['ignore', 2, 2],
  })
  if (status !== 0) throw new Error(`npm ci failed in ${directory}`)
}
