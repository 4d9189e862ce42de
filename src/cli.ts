#!/usr/bin/env node
import { writeSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { RELEASE } from './base/release.js'

const argv = process.argv.slice(2)

if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-v')) {
  sayVersion()
} else if (argv[0] === 'hook' && argv.length > 1 && argv.every((word) => !word.startsWith('-'))) {
  keepCompiledCode()
  // A bundle of its own: by an import it would share its parts with the program, and load all that lies in them.
  createRequire(import.meta.url)('./hook.cjs').runHook(argv.slice(1))
} else {
  keepCompiledCode()
  // Loaded only now: what is loaded before is not found compiled. No `await`: CommonJS has none at the top.
  import('./main.js').then(async ({ main }) => {
    process.exitCode = await main(argv)
  })
}

/** Not by `process.stdout`, which takes longer than all the rest of it. */
function sayVersion(): void {
  try {
    writeSync(1, `muse-coord ${RELEASE}\n`)
  } catch (error) {
    // Nobody has to be there to read it.
    if ((error as NodeJS.ErrnoException).code === 'EPIPE') return
    writeSync(2, `❌ The version cannot be written: ${(error as Error).message}\n`)
    process.exitCode = 1
  }
}

interface KeepingModule {
  readonly enableCompileCache?: (directory: string) => unknown
}

/** From 22.8 on Node keeps what V8 compiled, and checks it when it reads it; where nothing can be written it goes without. */
function keepCompiledCode(): void {
  const { XDG_CACHE_HOME, HOME, USERPROFILE } = process.env
  const home = HOME || USERPROFILE
  const caches = XDG_CACHE_HOME || (home && join(home, '.cache'))
  const { enableCompileCache } = process.getBuiltinModule('node:module') as typeof import('node:module') & KeepingModule
  if (caches) enableCompileCache?.(join(caches, 'muse-coord'))
}
