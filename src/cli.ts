#!/usr/bin/env node
import { writeSync } from 'node:fs'
import { RELEASE } from './base/release.js'
import { keepCompiledCode } from './files/compiled-code.js'

const argv = process.argv.slice(2)

if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-v')) {
  sayVersion()
} else {
  keepCompiledCode(import.meta.dirname, process.env)
  const [command, ...words] = argv
  // Loaded only now: what is loaded before is not found compiled. No `await`: CommonJS has none at the top.
  if (command === 'hook' && words.length > 0 && words.every((word) => !word.startsWith('-'))) {
    import('./first-look.js').then(({ hookAtFirst }) => hookAtFirst(words))
  } else if (command === 'check') {
    import('./first-look.js').then(({ checkAtFirst }) => {
      if (!checkAtFirst(words)) runProgram()
    })
  } else runProgram()
}

async function runProgram(): Promise<void> {
  const { main } = await import('./main.js')
  process.exitCode = await main(argv)
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
