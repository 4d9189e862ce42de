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
import { isAbsolute, join, sep } from 'node:path'
import type { Script } from 'node:vm'
import type { Environment } from '../base/environment.js'

/*
 * V8 compiles the program anew in each process, which takes longer than Node takes to start. What it has compiled is kept in the
 * user's cache directory. Nothing fails where that cannot be read or written: the program is slower.
 */

/** Bytes. Of a smaller bundle it takes longer to read a second file than to compile it. */
const LEAST_KEPT = 4096

/** Bytes, as a dozen small functions take. */
const LEAST_GROWTH = 2048

/** What Node has and its types do not tell. */
type NodeModules = typeof import('node:module') & {
  /** From 22.8 on. */
  readonly enableCompileCache?: (directory: string) => unknown
  readonly prototype: {
    require(this: NodeModule, id: string): unknown
    _compile(this: NodeModule, source: string, file: string): unknown
  }
  readonly _cache: Record<string, NodeModule | undefined>
  _nodeModulePaths(directory: string): string[]
  wrap(source: string): string
}

/** A bundle that this process has run, and what was kept of it. */
interface Compiled {
  readonly source: Buffer
  readonly script: Script
  /** Bytes of the file as it was found; 0 where there was none. */
  readonly size: number
  /** Bytes of it that V8 took; 0 where it took nothing. */
  readonly taken: number
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
  const directory = join(place, `${process.version}-${process.arch}`, program.replaceAll(/\W/g, '-').slice(-200))
  const bundles = new Bundles(modules, directory, program)
  const require = modules.prototype.require
  modules.prototype.require = function (id) {
    // Node looks for each of them in five system calls, and reads every package.json on the way.
    const isBundle = id.startsWith('./') && `${this.path}${sep}`.startsWith(program + sep)
    return isBundle
      ? bundles.load(`${this.path}${sep}${id.slice(2).replaceAll('/', sep)}`, this)
      : require.call(this, id)
  }
  // At the end: V8 compiles a function when it is called first.
  process.on('exit', () => bundles.keep())
}

/** The bundles that one process requires. */
class Bundles {
  readonly #compiled = new Map<string, Compiled>()
  readonly #directories = new Map<string, string[]>()
  #count = 0
  #bytes = 0

  constructor(
    readonly modules: NodeModules,
    readonly directory: string,
    readonly program: string,
  ) {}

  load(file: string, parent: NodeModule): unknown {
    const { modules } = this
    const present = modules._cache[file]
    if (present !== undefined) return present.exports
    const source = readFileSync(file)
    const module = new modules(file, parent)
    modules._cache[file] = module
    module.filename = file
    module.paths = this.#pathsOf(module.path)
    try {
      this.#run(module, source)
      module.loaded = true
    } finally {
      if (!module.loaded) delete modules._cache[file]
    }
    return module.exports
  }

  #run(module: NodeModule, source: Buffer): void {
    const file = module.filename
    this.#count++
    this.#bytes += source.length
    const kept = `${this.directory}${file.slice(this.program.length).replaceAll(sep, '~').replace('~', sep)}`
    const content = source.length < LEAST_KEPT ? NOTHING : readKept(kept)
    const cachedData = dataOf(content, source)
    if (cachedData === undefined && !isKept(source)) {
      this.modules.prototype._compile.call(module, source.toString(), file)
      return
    }
    const { Script } = process.getBuiltinModule('node:vm')
    // The build writes a bundle in ASCII alone.
    const wrapped = this.modules.wrap(source.toString('latin1'))
    const script = new Script(wrapped, { filename: file, ...(cachedData && { cachedData }) })
    const taken = script.cachedDataRejected === false && cachedData ? cachedData.length : 0
    this.#compiled.set(kept, { source, script, size: content.length, taken })
    const require = (id: string) => module.require(id)
    script.runInThisContext().call(module.exports, module.exports, require, module, file, module.path)
  }

  #pathsOf(directory: string): string[] {
    const paths = this.#directories.get(directory) ?? this.modules._nodeModulePaths(directory)
    this.#directories.set(directory, paths)
    return paths
  }

  /**
   * A function is in what is kept if some process had called it when it kept its bundle. Commands of one kind load the same bundles,
   * which a mark says of in a few bytes: without one it is looked whether this process has called more than those before it.
   */
  keep(): void {
    if (this.#compiled.size === 0) return
    const mark = join(this.directory, `${this.#count}-${this.#bytes}.mark`)
    const isNew = [...this.#compiled.values()].some(({ taken }) => taken === 0)
    if (!isNew && existsSync(mark)) return
    try {
      mkdirSync(this.directory, { recursive: true, mode: 0o700 })
      this.#clear()
      let hasGrown = false
      for (const [kept, bundle] of this.#compiled) hasGrown = keepGrown(kept, bundle) || hasGrown
      if (!hasGrown) writeFileSync(mark, '')
    } catch {
      // The disk may be full, and another process may have removed what this one had half-written.
    }
  }

  /** Removes bundles of another build, with all marks, and what was left half-written. */
  #clear(): void {
    const names = readdirSync(this.directory)
    const isGone = (name: string) => !isMark(name) && !existsSync(join(this.program, name.replaceAll('~', sep)))
    const gone = names.filter(isGone)
    for (const name of gone.length > 0 ? [...gone, ...names.filter(isMark)] : [])
      rmSync(join(this.directory, name), { force: true })
  }
}

function isMark(name: string): boolean {
  return name.endsWith('.mark')
}

/** Whether there is more to keep than before. Less is there as well: V8 forgets what a long process has not called of late. */
function keepGrown(kept: string, { source, script, size, taken }: Compiled): boolean {
  // Somebody has kept it meanwhile, who has called other functions.
  if ((statSync(kept, { throwIfNoEntry: false })?.size ?? 0) !== size) return true
  const data = script.createCachedData()
  if (taken > 0 && data.length < taken + LEAST_GROWTH) return false
  const temporary = `${kept}.${process.pid}`
  // V8 compares no more of a source than its length, and a process dies of data that was damaged. So the source is kept too, and the
  // data twice: a sum would have to be loaded or compiled, which takes longer than to read them.
  writeFileSync(temporary, Buffer.concat([source, data, data]))
  renameSync(temporary, kept)
  return true
}

/** V8 does not keep who resolves what a script imports. */
function isKept(source: Buffer): boolean {
  return source.length >= LEAST_KEPT && !source.includes('import(')
}

const NOTHING = Buffer.alloc(0)

function readKept(kept: string): Buffer {
  try {
    return readFileSync(kept)
  } catch {
    return NOTHING
  }
}

function dataOf(content: Buffer, source: Buffer): Buffer | undefined {
  if (!content.subarray(0, source.length).equals(source)) return undefined
  const twice = content.subarray(source.length)
  const data = twice.subarray(0, twice.length / 2)
  return data.length > 0 && data.equals(twice.subarray(twice.length / 2)) ? data : undefined
}
