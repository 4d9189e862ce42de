/**
 * Installs the agent programs that `npm run test:agents` runs into a cache of their own, those that are not there. What cannot
 * be had is named, and its tests are skipped. `node test/agents/real/install.mjs claude codex` installs these alone.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { directoryOf, executablesOf, PACKAGES } from './cache.mjs'

const asked = process.argv.slice(2)
const names = asked.length === 0 ? Object.keys(PACKAGES) : asked

for (const name of names.filter((one) => executablesOf(one) === null)) {
  const directory = directoryOf(name)
  const wanted = `${PACKAGES[name].package}@${PACKAGES[name].version}`
  mkdirSync(directory, { recursive: true })
  writeFileSync(path.join(directory, 'package.json'), '{ "private": true }\n')
  console.log(`installing ${wanted} into ${directory}`)
  const { status, stderr } = spawnSync('npm', ['install', '--save-exact', '--no-audit', '--no-fund', wanted], {
    cwd: directory,
    encoding: 'utf8',
  })
  if (status !== 0) console.error(`⚠️  ${wanted} cannot be had, its tests are skipped: ${stderr.trim()}`)
}
