import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, isAbsolute, join, relative, sep } from 'node:path'
import type { Script } from 'node:vm'
import type { Environment } from '../base/environment.js'

/*
 * V8 compiles the program anew in each process, which takes longer than Node takes to start. What it has compiled is kept in the
 * user's cache directory. Nothing fails where that cannot be read or written: the program is slower.
 */

/** Characters. Of a smaller bundle it takes longer to read a second file than to compile it. */
const LEAST_KEPT = 4096

/** What Node has and its types do not tell. */
type NodeModules = typeof import('node:module') & {
  /** From 22.8 on. */
  readonly enableCompileCache?: (directory: string) => unknown
  readonly prototype: { _compile(this: NodeModule, source: string, file: string): unknown }
  wrap(source: string): string
}

/**
 * Runs what is required from now on as it was compiled by an earlier process, and keeps what was not.
 *
 * @param program absolute path of the directory of the bundles
 * @param env `XDG_CACHE_HOME` and `HOME` tell where; `NODE_DISABLE_COMPILE_CACHE` is obeyed, as Node does
 */
export function keepCompiledCode(program: string, env: Environment): void {
  const base = env.XDG_CACHE_HOME || env.HOME || env.USERPROFILE
  if (!base || env.NODE_DISABLE_COMPILE_CACHE) return
  const place = join(base, env.XDG_CACHE_HOME ? '' : '.cache', 'muse-coord')
  if (!isOwn(base, place)) return
  const modules = process.getBuiltinModule('node:module') as NodeModules
  if (modules.enableCompileCache) modules.enableCompileCache(place)
  else if (process.version.startsWith('v20.')) keepByHand(modules, place, program)
}

/**
 * Whether nobody else writes there, for what lies there is run: who has become root may still have another user's HOME, and that
 * one leads where they like by a link. Makes the place where it is missing.
 */
function isOwn(base: string, place: string): boolean {
  const user = process.geteuid?.()
  if (user === undefined) return true // Windows
  try {
    if (!isAbsolute(base) || statSync(base).uid !== user || ![user, ROOT].includes(lstatSync(base).uid)) return false
    if (!existsSync(place)) mkdirSync(place, { recursive: true, mode: 0o700 })
    const { uid, mode } = statSync(place)
    return uid === user && (mode & 0o022) === 0
  } catch {
    return false
  }
}

const ROOT = 0

function keepByHand(modules: NodeModules, place: string, program: string): void {
  const { Script } = process.getBuiltinModule('node:vm')
  const directory = join(place, `${process.version}-${process.arch}`, program.replaceAll(/\W/g, '-').slice(-200))
  const compiled = new Map<string, { readonly source: string; readonly script: Script }>()
  const compile = modules.prototype._compile
  modules.prototype._compile = function (source, file) {
    if (!isKept(source) || !file.startsWith(program + sep)) return compile.call(this, source, file)
    const kept = join(directory, relative(program, file).replaceAll(sep, '~'))
    const cachedData = readKept(kept, source)
    const script = new Script(modules.wrap(source), { filename: file, ...(cachedData && { cachedData }) })
    if (script.cachedDataRejected !== false) compiled.set(kept, { source, script })
    const run = script.runInThisContext()
    return run.call(this.exports, this.exports, modules.createRequire(file), this, file, dirname(file))
  }
  // At the end: V8 compiles a function when it is called first.
  process.on('exit', () => {
    if (compiled.size > 0) keep(directory, program, compiled)
  })
}

/** V8 does not keep who resolves what a script imports. */
function isKept(source: string): boolean {
  return source.length >= LEAST_KEPT && !source.includes('import(')
}

function readKept(kept: string, source: string): Buffer | undefined {
  try {
    const content = readFileSync(kept)
    const of = content.subarray(0, source.length)
    const [data, again] = halves(content.subarray(source.length))
    if (of.equals(bytesOf(source)) && data.equals(again)) return data
  } catch {
    // It is not there.
  }
  return undefined
}

/**
 * V8 compares no more of a source than its length, and a process dies of data that was damaged. So the source is kept too, and the
 * data twice: a sum would have to be loaded or compiled, which takes longer than to read them.
 */
function contentOf(source: string, data: Buffer): Buffer {
  return Buffer.concat([bytesOf(source), data, data])
}

function halves(bytes: Buffer): readonly [Buffer, Buffer] {
  return [bytes.subarray(0, bytes.length / 2), bytes.subarray(bytes.length / 2)]
}

/** The build writes a bundle in ASCII alone. */
function bytesOf(source: string): Buffer {
  return Buffer.from(source, 'latin1')
}

function keep(
  directory: string,
  program: string,
  compiled: ReadonlyMap<string, { source: string; script: Script }>,
): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    // Bundles of another build, and what was left half-written.
    for (const name of readdirSync(directory)) {
      if (!existsSync(join(program, name.replaceAll('~', sep)))) rmSync(join(directory, name), { force: true })
    }
    for (const [kept, { source, script }] of compiled) {
      const temporary = `${kept}.${process.pid}`
      writeFileSync(temporary, contentOf(source, script.createCachedData()))
      renameSync(temporary, kept)
    }
  } catch {
    // The disk may be full, and another process may have removed what this one had half-written.
  }
}
