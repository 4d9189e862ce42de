/** `node run-typescript.mjs FILE [ARGUMENT …]`: bundles a program that shares parts with the tests, and runs it. */
import path from 'node:path'
import { build } from 'rolldown'

const [entry] = process.argv.slice(2)
// Below node_modules, so that it finds the packages there.
const cache = path.resolve(import.meta.dirname, '../../node_modules/.cache/muse-coord')
const file = path.join(cache, `${path.relative(process.cwd(), entry).replaceAll(/[^a-z]+/g, '-')}-${process.pid}.mjs`)
await build({
  input: path.resolve(entry),
  platform: 'node',
  // Packages stay packages, save the few lines that compiled decorators call.
  external: [/^(?!@oxc-project\/)[^./\0]/],
  logLevel: 'warn',
  output: { file, format: 'esm', codeSplitting: false },
})
process.argv.splice(1, 2, file)
await import(file)
