/** `node --import ./test/support/jest/typescript.mjs`: lets Node load this project's TypeScript as it stands, decorators too. */
import { readFileSync, statSync } from 'node:fs'
import { register } from 'node:module'
import { fileURLToPath } from 'node:url'
import { isMainThread } from 'node:worker_threads'
import { transformSync } from '@swc/core'

// The hooks have a thread of their own, in which this file is loaded once more. So they may wait: whoever imports waits for them.
if (isMainThread) register(import.meta.url)

const GLOBALS = new URL('globals.mjs', import.meta.url).href

/** TypeScript names `./a.js` what is still `a.ts`; and what a test imports of jest is the runner's here. */
export async function resolve(specifier, context, next) {
  if (specifier === '@jest/globals') return { url: GLOBALS, format: 'module', shortCircuit: true }
  if (specifier.startsWith('.') && specifier.endsWith('.js') && /\.ts(\?|$)/.test(context.parentURL ?? '')) {
    const source = new URL(specifier.replace(/\.js$/, '.ts'), context.parentURL)
    if (exists(source)) return { url: source.href, format: 'module', shortCircuit: true }
  }
  return next(specifier, context)
}

export async function load(url, context, next) {
  if (!/\.ts(\?|$)/.test(url)) return next(url, context)
  const filename = fileURLToPath(new URL(url))
  const { code } = transformSync(readFileSync(filename, 'utf8'), {
    filename,
    sourceMaps: 'inline',
    configFile: false,
    swcrc: false,
    jsc: {
      target: 'es2022',
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true },
      experimental: { keepImportAttributes: true },
    },
    module: { type: 'es6' },
  })
  return { format: 'module', source: code, shortCircuit: true }
}

function exists(url) {
  return statSync(url, { throwIfNoEntry: false }) !== undefined
}
