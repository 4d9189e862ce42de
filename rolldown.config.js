import { defineConfig } from 'rolldown'
import { compileSchemas } from './.ci/compile-schemas.mjs'
import manifest from './package.json' with { type: 'json' }

/** What a hub loads and nobody else, and what is native: taken from node_modules when it is needed. */
const hubPackages = [/^fastify/, /^@fastify\//, /^pino/, /^prom-client/, /^pg/, /^@photostructure\//, /^@parcel\//]

const directory = process.env.BUILD_DIRECTORY ?? 'dist'

const shared = {
  platform: 'node',
  logLevel: 'warn',
  // The two bundles share their sources; what is loaded late in one may be loaded at once in the other. And what takes its time
  // is ajv, which compiles the schemas.
  checks: { ineffectiveDynamicImport: false, bundlerTimings: false },
  treeshake: { moduleSideEffects: (id) => /reflect-metadata|\/src\/cli\.ts$/.test(id) },
}

/** It carries its packages: resolving them one by one takes as long as Node itself takes to start. */
const executable = {
  ...shared,
  external: [/^node:/, ...hubPackages],
  output: {
    // Nobody imports it, so it may be CommonJS, which Node loads in half the time: for ES modules it starts a second
    // loader, and each import of one of its own modules costs as much as a file.
    format: 'cjs',
    comments: false,
    minify: { compress: false, mangle: false, codegen: { asciiOnly: true, removeWhitespace: false } },
  },
}

/** Code that comes out of V8's cache cannot import: it has lost who does that for it. So its loader gives it a function. */
const importByLoader = {
  name: 'import-by-loader',
  renderChunk: (code) => code.replaceAll(/\bimport\(/g, 'importModule('),
}

export default defineConfig([
  {
    ...executable,
    input: { cli: 'src/cli.ts' },
    output: { ...executable.output, dir: directory, entryFileNames: '[name].cjs' },
  },
  {
    ...executable,
    input: { main: 'src/main.ts' },
    plugins: [compileSchemas(), importByLoader],
    output: {
      ...executable.output,
      dir: `${directory}/cli`,
      // The names change with the content, as src/load-program.ts demands.
      entryFileNames: `[name]-${manifest.version}.cjs`,
      chunkFileNames: '[name]-[hash].cjs',
      codeSplitting: {
        // What every command needs is one file, and what a request to a hub needs another.
        groups: [
          { name: 'program', test: /\/(src\/main|src\/sync\/push|plugins\/index)\.ts$/, priority: 2 },
          { name: 'client', test: /\/src\/sync\/(pull|connect|delivery)\.ts$/, priority: 1 },
        ],
      },
    },
  },
  {
    ...shared,
    input: { index: 'src/index.ts', plugin: 'src/plugin.ts', testing: 'src/testing.ts' },
    // Packages stay packages, save the few lines that compiled decorators call.
    external: [/^(?!@oxc-project\/)[^./\0]/],
    output: { dir: directory, entryFileNames: '[name].js', chunkFileNames: 'library/[name]-[hash].js' },
  },
])
