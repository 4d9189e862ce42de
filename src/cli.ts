#!/usr/bin/env node
import { join } from 'node:path'
import manifest from '../package.json' with { type: 'json' }
import { loadProgram } from './load-program.js'
import { textWriter } from './text-writer.js'

const argv = process.argv.slice(2)

if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-v')) {
  textWriter('stdout')(`muse-coord ${manifest.version}\n`)
} else {
  // Loaded only now: to ask for the version must cost no more than Node itself. Its place: see rolldown.config.js.
  const program = join(import.meta.dirname, 'cli', `main-${manifest.version}.cjs`)
  const { main } = loadProgram(program) as typeof import('./main.js')
  // No `await`: CommonJS has none at the top.
  main(argv).then((exitCode) => {
    process.exitCode = exitCode
  })
}
