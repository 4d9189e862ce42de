/**
 * Makes a checkout ready to run: installs the packages when the lock file is newer than they are, and builds when a
 * source is newer than the build. `npm run demo`, `npm test` and the rest call it, so that each works on a fresh machine.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'

const root = path.resolve(import.meta.dirname, '..')
const SOURCES = [
  '.ci',
  'src',
  'plugins',
  'schemas',
  'package.json',
  'rolldown.config.js',
  'tsconfig.json',
  'tsconfig.build.json',
]

if (changedAt('package-lock.json') > changedAt('node_modules/.package-lock.json')) {
  // Not `npm ci`: it refuses a lock file that lacks a package for some other system, which no install here needs.
  run('npm', 'install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error')
}
if (Math.max(...SOURCES.map(newestIn)) > changedAt('dist/.built')) {
  // Built aside and put in place at once: somebody may be running the old one.
  const fresh = `dist.${process.pid}`
  process.on('exit', () => rmSync(path.join(root, fresh), { recursive: true, force: true }))
  process.env.BUILD_DIRECTORY = fresh
  const [{ build }, { default: configurations }] = await Promise.all([
    import('rolldown'),
    import('../rolldown.config.js'),
  ])
  await build(configurations)
  run('node_modules/.bin/tsc', '-p', 'tsconfig.build.json', '--outDir', `${fresh}/types`)
  // npm does so when it installs; a checkout that was linked with `npm install -g .` is built again later.
  chmodSync(path.join(root, fresh, 'cli.cjs'), 0o755)
  writeFileSync(path.join(root, fresh, '.built'), '')
  rmSync(path.join(root, 'dist'), { recursive: true, force: true })
  renameSync(path.join(root, fresh), path.join(root, 'dist'))
}

/** Milliseconds since 1970; 0 for what is not there. */
function changedAt(file) {
  return statSync(path.join(root, file), { throwIfNoEntry: false })?.mtimeMs ?? 0
}

function newestIn(entry) {
  const own = changedAt(entry)
  if (!statSync(path.join(root, entry)).isDirectory()) return own
  return Math.max(own, ...readdirSync(path.join(root, entry)).map((name) => newestIn(path.join(entry, name))))
}

/** Its words go to stderr: stdout belongs to the command that is prepared for. */
function run(command, ...args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] })
  if (status !== 0) {
    process.stderr.write(`${command} ${args.join(' ')} failed${error ? `: ${error.message}` : ''}\n`)
    process.exit(1)
  }
}
