#!/usr/bin/env node
import manifest from '../package.json' with { type: 'json' }

const argv = process.argv.slice(2)

if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-v')) {
  process.stdout.write(`muse-coord ${manifest.version}\n`)
} else {
  // Loaded only now: to ask for the version must cost no more than Node itself. No `await`: see rolldown.config.js.
  import('./main.js')
    .then(({ main }) => main(argv))
    .then((exitCode) => {
      process.exitCode = exitCode
    })
}
