/**
 * Makes a checkout ready to run: installs the packages when they are not those of the lock file, and builds when a source
 * is newer than the build. `npm run demo`, `npm test` and the rest call it, so that each works on a fresh machine.
 *
 * Both are made aside and put in place whole: an interrupted run leaves what was there, two runs at once do not meet in one
 * directory, and whoever runs the old build goes on. A linked `node_modules`, as a second work tree may have, is used while
 * it fits; when it does not, the link is replaced and the tree behind it stays as it is.
 */
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'

const root = path.resolve(import.meta.dirname, '..')
const SOURCES = [
  '.ci',
  'src',
  'plugins',
  'schemas',
  'package.json',
  'package-lock.json',
  'rolldown.config.js',
  'tsconfig.json',
  'tsconfig.build.json',
]
const AN_HOUR = 3_600_000

// Node ends at a signal without a word to anybody; what was made aside is to go.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1))

if (!isInstalled()) {
  const aside = makeAside('node_modules')
  mkdirSync(aside)
  for (const file of ['package.json', 'package-lock.json']) copyFileSync(at(file), path.join(aside, file))
  // The npm that comes with Node 20 and 22 does not know `allowScripts`, and would run them all.
  run(aside, 'npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error')
  run(aside, 'npm', 'rebuild', '--loglevel=error', ...withAllowedScripts(aside))
  // Another run may have been quicker; its packages may be in use already.
  if (!isInstalled()) putInPlace(path.join(aside, 'node_modules'), at('node_modules'))
}
if (Math.max(...SOURCES.map(newestIn)) > changedAt('dist/.built')) {
  const aside = makeAside('dist')
  process.env.BUILD_DIRECTORY = path.basename(aside)
  const [{ build }, { default: configurations }] = await Promise.all([
    import('rolldown'),
    import('../rolldown.config.js'),
  ])
  await build(configurations)
  const compiler = at('node_modules/typescript/bin/tsc')
  run(root, process.execPath, compiler, '-p', 'tsconfig.build.json', '--outDir', path.join(aside, 'types'))
  // npm does so when it installs; a checkout that was linked with `npm install -g .` is built again later.
  chmodSync(path.join(aside, 'cli.cjs'), 0o755)
  writeFileSync(path.join(aside, '.built'), '')
  putInPlace(aside, at('dist'))
}

/**
 * Whether `node_modules` holds what the lock file says. npm notes there what it has installed, and does so last. Contents are
 * compared, not times: a checkout gives the lock file a new time without a new word in it.
 */
function isInstalled() {
  if (!existsSync(at('node_modules/.package-lock.json'))) return false
  const { '': _project, ...wanted } = packagesOf('package-lock.json')
  const installed = packagesOf('node_modules/.package-lock.json')
  const isThere = ([name, { integrity, optional }]) =>
    installed[name] === undefined ? optional === true : installed[name].integrity === integrity
  return Object.entries(wanted).every(isThere) && Object.keys(installed).every((name) => name in wanted)
}

/** The packages that are there whose install scripts may run; others are for other systems. */
function withAllowedScripts(directory) {
  const { allowScripts } = JSON.parse(readFileSync(at('package.json'), 'utf8'))
  const allowed = Object.keys(allowScripts).filter((name) => allowScripts[name])
  return allowed.filter((name) => existsSync(path.join(directory, 'node_modules', name)))
}

function packagesOf(file) {
  return JSON.parse(readFileSync(at(file), 'utf8')).packages
}

/** A name beside the final one, removed when this process ends; what killed runs left there is removed as well. */
function makeAside(name) {
  for (const left of readdirSync(root).filter((entry) => new RegExp(`^${name}\\.\\d+(\\.old)?$`).test(entry))) {
    if (Date.now() - changedAt(left) > AN_HOUR) rmSync(at(left), { recursive: true, force: true })
  }
  const aside = at(`${name}.${process.pid}`)
  process.on('exit', () => rmSync(aside, { recursive: true, force: true }))
  return aside
}

/** The name is missing between two renames only, for less than a millisecond. */
function putInPlace(fresh, name) {
  const old = `${name}.${process.pid}.old`
  process.on('exit', () => rmSync(old, { recursive: true, force: true }))
  for (;;) {
    unless('ENOENT', () => renameSync(name, old))
    if (unless('ENOTEMPTY', () => renameSync(fresh, name))) return
    // Another run has put its own there in between: it makes way like the one before.
    rmSync(old, { recursive: true, force: true })
  }
}

/** Whether it was done; an error of that code means no, any other is one. */
function unless(code, act) {
  try {
    act()
    return true
  } catch (error) {
    if (error.code !== code) throw error
    return false
  }
}

function at(file) {
  return path.join(root, file)
}

/** Milliseconds since 1970; 0 for what is not there. */
function changedAt(file) {
  return statSync(at(file), { throwIfNoEntry: false })?.mtimeMs ?? 0
}

function newestIn(entry) {
  const own = changedAt(entry)
  if (!statSync(at(entry)).isDirectory()) return own
  return Math.max(own, ...readdirSync(at(entry)).map((name) => newestIn(path.join(entry, name))))
}

/** Its words go to stderr: stdout belongs to the command that is prepared for. */
function run(directory, command, ...args) {
  // npm is a batch file on Windows, which only a shell starts.
  const shell = command === 'npm' && process.platform === 'win32'
  const { status, error } = spawnSync(command, args, { cwd: directory, shell, stdio: ['ignore', 2, 2] })
  if (status !== 0) {
    process.stderr.write(`${command} ${args.join(' ')} failed${error ? `: ${error.message}` : ''}\n`)
    process.exit(1)
  }
}
