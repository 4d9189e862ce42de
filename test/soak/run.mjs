/** Bundles the soak, which shares its parts with the tests, so that plain Node can run it; arguments are passed on. */
import path from 'node:path'
import { build } from 'rolldown'

const file = path.resolve(import.meta.dirname, '../../node_modules/.cache/muse-coord/soak.mjs')
await build({
  input: path.join(import.meta.dirname, 'main.ts'),
  platform: 'node',
  // Packages stay packages, save the few lines that compiled decorators call.
  external: [/^(?!@oxc-project\/)[^./\0]/],
  logLevel: 'warn',
  output: { file, format: 'esm', codeSplitting: false },
})
await import(file)
