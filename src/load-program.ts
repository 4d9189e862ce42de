import { readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Script } from 'node:vm'

/** Names what V8 would refuse: code compiled by another release, or for another processor. */
const CACHE_SUFFIX = `.${process.version}-${process.arch}.cache`
/** What Node hands to every CommonJS file; and what the build puts in the place of `import()`, see rolldown.config.js. */
const PARAMETERS = 'exports, require, module, __filename, __dirname, importModule'
/** Parts of Node that wait until something of them is called: node:crypto alone takes 4 ms. Only such as are no functions. */
const DEFERRED = new Set(
  ['child_process', 'crypto', 'http', 'os', 'timers/promises', 'zlib'].map((name) => `node:${name}`),
)

/**
 * Loads a CommonJS file and what it requires by relative paths, compiled already where a run before this one has
 * compiled it: that takes a third off a short command.
 *
 * As Python does it, what was compiled lies beside its source. Whoever can write there can write the program itself, so
 * nothing is trusted that was not trusted before. It is written at the end of a run that had to compile, and so holds the
 * functions that such a run calls. Where the program's directory is read-only each run compiles. (Node's own
 * `module.enableCompileCache` came with 22.8.)
 *
 * A file's name has to change with its content: V8 compares no more than the length of the source.
 */
export function loadProgram(file: string): unknown {
  const loaded = new Map<string, { exports: unknown }>()
  const compiled: Compiled[] = []
  const load = (file: string): unknown => {
    const present = loaded.get(file)
    if (present !== undefined) return present.exports
    const module = { exports: {} }
    loaded.set(file, module) // Before it runs: two files may require each other.
    const directory = dirname(file)
    const require = (name: string): unknown => {
      if (name.startsWith('./')) return load(join(directory, name))
      if (DEFERRED.has(name)) return deferred(name)
      return process.getBuiltinModule(name) ?? process.getBuiltinModule('node:module').createRequire(file)(name)
    }
    const run = compile(file, compiled).runInThisContext()
    run(module.exports, require, module, file, directory, importModule)
    return module.exports
  }
  process.once('exit', () => compiled.forEach(writeCache))
  return load(file)
}

function importModule(specifier: string): Promise<unknown> {
  return import(specifier)
}

/** A module of Node that is loaded when something of it is first used. */
function deferred(name: string): object {
  return new Proxy({}, { get: (_, key) => Reflect.get(process.getBuiltinModule(name) as object, key) })
}

/** A file that no cache was found for. */
interface Compiled {
  readonly cacheFile: string
  readonly script: Script
}

function compile(file: string, compiled: Compiled[]): Script {
  const cacheFile = file + CACHE_SUFFIX
  const cachedData = readOrNull(cacheFile)
  // The build leaves nothing but ASCII in it, which is read like this in a third of the time.
  const source = readFileSync(file, 'latin1')
  const script = new Script(`(function (${PARAMETERS}) {${source}\n})`, {
    filename: file,
    ...(cachedData !== null && { cachedData }),
  })
  if (cachedData === null) compiled.push({ cacheFile, script })
  return script
}

function readOrNull(file: string): Buffer | null {
  try {
    return readFileSync(file)
  } catch {
    return null
  }
}

function writeCache({ cacheFile, script }: Compiled): void {
  const temporary = `${cacheFile}.${process.pid}`
  try {
    writeFileSync(temporary, '', { mode: 0o644, flag: 'wx' }) // Where that fails there is no need to make the rest.
    writeFileSync(temporary, script.createCachedData())
    renameSync(temporary, cacheFile)
  } catch {
    // Read-only, or full: the next run compiles too.
    discard(temporary)
  }
}

function discard(file: string): void {
  try {
    unlinkSync(file)
  } catch {}
}
