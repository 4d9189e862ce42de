/** Installs the browser of `npm run test:browser` into a cache of its own, where it is not there. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { BROWSER, browserDirectory, browserModule } from './cache.mjs'

if (browserModule() === null) {
  const cwd = browserDirectory()
  const wanted = `${BROWSER.name}@${BROWSER.version}`
  mkdirSync(cwd, { recursive: true })
  writeFileSync(path.join(cwd, 'package.json'), '{ "private": true }\n')
  console.log(`installing ${wanted} into ${cwd}`)
  const { status } = spawnSync('npm', ['install', '--save-exact', '--no-audit', '--no-fund', wanted], {
    cwd,
    stdio: 'inherit',
  })
  process.exitCode = status ?? 1
}
