/**
 * Loaded before a program by `node --require`: counts the calls of `node:fs` that concern a directory, and has the k-th of
 * them killed, stopped, asked to end or failed. What it does stands in FILE_FAULTS as JSON: `{directory, hit, aheadMilliseconds}`, where
 * `hit` is `{fault, call, calls, lasts}`; without it it only counts. Each call counted, or the one that was hit, is told on
 * descriptor 3, a line each.
 *
 * Whatever runs behind SQLite and the network is not seen here.
 */
const { constants } = require('node:os')
const fs = require('node:fs')
const { syncBuiltinESMExports } = require('node:module')

const { directory, hit, aheadMilliseconds = 0 } = JSON.parse(process.env.FILE_FAULTS)
const { writeSync, openSync } = fs
const TOLD = 3
const SENTENCES = {
  EIO: 'i/o error',
  ENOSPC: 'no space left on device',
  EACCES: 'permission denied',
  EMFILE: 'too many open files',
}
/** After these it goes on with the call: stopped at once, asked to end when it next looks. */
const SIGNALS = { stop: 'SIGSTOP', SIGTERM: 'SIGTERM', SIGINT: 'SIGINT' }
const BY_PATH = [
  ...['access', 'appendFile', 'chmod', 'copyFile', 'link', 'lstat', 'mkdir', 'open', 'opendir', 'readFile', 'readdir'],
  ...['readlink', 'realpath', 'rename', 'rm', 'rmdir', 'stat', 'symlink', 'truncate', 'unlink', 'utimes', 'writeFile'],
]
const BY_DESCRIPTOR = ['close', 'fchmod', 'fstat', 'fsync', 'ftruncate', 'futimes', 'read', 'write']

/** The files of the directory that are open, by descriptor. */
const open = new Map()
let count = 0
let hitPath

for (const name of BY_PATH) replace(name, callByPath)
for (const name of BY_DESCRIPTOR) replace(name, callByDescriptor)
const { existsSync } = fs
// It never throws: what it cannot tell is not there.
fs.existsSync = (path) => {
  try {
    return callByPath('exists', existsSync, [path])
  } catch {
    return false
  }
}
syncBuiltinESMExports()
if (aheadMilliseconds > 0) {
  const { now } = Date
  Date.now = () => now() + aheadMilliseconds
}

function replace(name, caller) {
  const original = fs[`${name}Sync`]
  fs[`${name}Sync`] = (...values) => caller(name, original, values)
  // `realpathSync.native` and the like.
  Object.assign(fs[`${name}Sync`], original)
}

function callByPath(name, original, values) {
  const [target, other] = values
  // `readFileSync` and `writeFileSync` take a descriptor, too.
  if (typeof target === 'number') return callByDescriptor(name, original, values)
  const path = [target, other].find((value) => typeof value === 'string' && isInside(value))
  if (path === undefined) return original(...values)
  const mayMake =
    name === 'open' && (typeof other === 'string' ? /[wa]/.test(other) : (other & fs.constants.O_CREAT) !== 0)
  meet(mayMake ? 'create' : name, path, name === 'writeFile' ? () => half(openSync(path, 'w'), other) : null)
  const result = original(...values)
  if (name === 'open') open.set(result, path)
  if (name === 'opendir') watchDirectory(result, path)
  return result
}

function callByDescriptor(name, original, values) {
  const [descriptor, data] = values
  const path = open.get(descriptor)
  if (path === undefined) return original(...values)
  if (name === 'close') {
    // The descriptor is free after a failed close, too.
    original(...values)
    open.delete(descriptor)
    return meet(name, path, null)
  }
  meet(name, path, name === 'write' || name === 'writeFile' ? () => half(descriptor, data) : null)
  return original(...values)
}

function watchDirectory(opened, path) {
  const read = opened.readSync.bind(opened)
  opened.readSync = () => {
    meet('readdir', path, null)
    return read()
  }
}

function isInside(path) {
  return path === directory || path.startsWith(`${directory}/`)
}

/** @param writeHalf what a disk has of a write that was not finished */
function meet(name, path, writeHalf) {
  count++
  if (hit === undefined || count === hit.call) writeSync(TOLD, `${name} ${path.slice(directory.length + 1) || '.'}\n`)
  if (hit === undefined || !isHit(name, path)) return
  const { fault } = hit
  const signal = SIGNALS[fault]
  if (signal !== undefined) return process.kill(process.pid, signal)
  if (fault === 'kill' || fault === 'ENOSPC') writeHalf?.()
  if (fault !== 'kill') throw failure(fault, name, path)
  process.kill(process.pid, 'SIGKILL')
  for (;;);
}

function isHit(name, path) {
  if (count === hit.call) hitPath = path
  if (count <= hit.call) return count === hit.call
  return new RegExp(hit.calls).test(name) && (hit.lasts === 'everywhere' || (hit.lasts === 'there' && path === hitPath))
}

function half(descriptor, data) {
  const bytes = Buffer.from(data)
  writeSync(descriptor, bytes, 0, bytes.length >> 1)
}

function failure(fault, name, path) {
  const syscall = name === 'create' ? 'open' : name
  const error = new Error(`${fault}: ${SENTENCES[fault]}, ${syscall} '${path}'`)
  return Object.assign(error, { code: fault, errno: -constants.errno[fault], syscall, path })
}
