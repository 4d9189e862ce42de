/**
 * Lists and calls each tool of `muse-coord mcp` by the command line of the MCP inspector, in the words of somebody else's client
 * and in both generations of the protocol, that which shakes hands first and that which does not:
 * `npm run test:inspector`. Its packages and the Node that they need are installed into a cache of its own; where they cannot
 * be had it is skipped, with the reason.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import path from 'node:path'

const PACKAGES = { '@modelcontextprotocol/inspector': '2.12.0', node: '22.23.3' }
const EXECUTABLE = path.resolve(import.meta.dirname, '../../dist/cli.cjs')
const cache = path.join(process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'muse-coord-test', 'inspector')

const inspector = install()
for (const era of inspector === null ? [] : ['legacy', 'modern']) {
  process.stdout.write(`${era}:\n`)
  const root = mkdtempSync(path.join(tmpdir(), 'muse-coord-inspector-'))
  try {
    mkdirSync(path.join(root, '.muse', 'coordination'), { recursive: true })
    tryTools((...args) => JSON.parse(run(inspector, root, ['--protocol-era', era, ...args])))
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

/** `null`: it cannot be had. */
function install() {
  // npm's package `node` holds a Node of its release.
  const node = path.join(cache, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node')
  const program = path.join(cache, 'node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js')
  if (existsSync(node) && existsSync(program)) return { node, program }
  mkdirSync(cache, { recursive: true })
  const release = { [path.basename(path.resolve(node, '../..'))]: PACKAGES.node }
  const dependencies = { '@modelcontextprotocol/inspector': PACKAGES['@modelcontextprotocol/inspector'], ...release }
  writeFileSync(path.join(cache, 'package.json'), JSON.stringify({ private: true, dependencies }))
  try {
    execFileSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', '--force'], {
      cwd: cache,
      stdio: 'pipe',
    })
    return { node, program }
  } catch (error) {
    process.stdout.write(
      `skipped: the inspector cannot be installed: ${String(error.stderr || error.message).trim()}\n`,
    )
    return null
  }
}

function run({ node, program }, cwd, args) {
  // Each call has a server of its own, and what runs hold would end with the inspector that has started it.
  const server = ['-e', `MUSE_COORD_PID=${process.pid}`, process.execPath, EXECUTABLE, 'mcp']
  // The inspector starts processes by the name `node`.
  const env = { ...process.env, PATH: `${path.dirname(node)}${path.delimiter}${process.env.PATH}` }
  return execFileSync(node, [program, '--cli', ...server, ...args], { cwd, env, encoding: 'utf8', timeout: 60_000 })
}

function tryTools(inspect) {
  const { tools } = inspect('--method', 'tools/list')
  const called = new Set()
  const call = (name, input, wanted) => {
    const values = Object.entries(input).flatMap(([key, value]) => [
      '--tool-arg',
      `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
    ])
    const { structuredContent } = inspect('--method', 'tools/call', '--tool-name', name, ...values)
    called.add(name)
    const isAsWanted = structuredContent?.status === wanted
    process.stdout.write(`${isAsWanted ? 'ok  ' : 'FAIL'} ${name} ${structuredContent?.status ?? ''}\n`)
    if (!isAsWanted) process.exitCode = 1
    return structuredContent
  }
  call('coord_reserve', { addresses: ['src/a.ts'], run_id: 'a' }, 'ok')
  call('coord_check', { addresses: ['src/a.ts'], run_id: 'b' }, 'held')
  call('coord_reserve', { addresses: ['src/a.ts'], run_id: 'b' }, 'held')
  call('coord_release', { all: true, run_id: 'a' }, 'ok')
  const { task_id: task } = call('coord_enqueue', { title: 'Port the parser', task_id: 'task-parser' }, 'pending')
  call('coord_claim', { run_id: 'a' }, 'claimed')
  call('coord_claim', { task, run_id: 'b' }, 'held')
  call('coord_finish', { task, run_id: 'a' }, 'completed')
  call('coord_show', { id: task }, undefined)
  call('coord_status', {}, undefined)
  const uncalled = tools.map(({ name }) => name).filter((name) => !called.has(name))
  process.stdout.write(`${tools.length} tools listed; never called: ${uncalled.join(' ') || 'none'}\n`)
  if (uncalled.length > 0) process.exitCode = 1
}
