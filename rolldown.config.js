import { defineConfig } from 'rolldown'
import { compileSchemas } from './.ci/compile-schemas.mjs'

/** What a hub loads and nobody else, and what is native: taken from node_modules when it is needed. */
const hubPackages = [
  /^fastify/,
  /^@fastify\//,
  /^pino/,
  /^prom-client/,
  /^pg/,
  /^@photostructure\//,
  /^@parcel\//,
  /^selfsigned/,
]

const directory = process.env.BUILD_DIRECTORY ?? 'dist'

/** How the bundles of the executable are written. */
const program = {
  dir: directory,
  // Nobody imports it, so it may be CommonJS, which Node loads in half the time: for ES modules it starts a second
  // loader, and each import of one of its own modules costs as much as a file.
  format: 'cjs',
  comments: false,
  minify: { compress: false, mangle: false, codegen: { removeWhitespace: false } },
}

const shared = {
  platform: 'node',
  logLevel: 'warn',
  // The two bundles share their sources; what is loaded late in one may be loaded at once in the other. And what takes its time
  // is ajv, which compiles the schemas.
  checks: { ineffectiveDynamicImport: false, bundlerTimings: false },
  treeshake: { moduleSideEffects: (id) => /reflect-metadata|\/src\/cli\.ts$/.test(id) },
}

/**
 * Writes what is no ASCII as an escape: of a file that is all ASCII Node makes a string of one byte a character, which it reads
 * and compiles faster. Strings, templates and regular expressions mean the same by it, and nothing else holds such a character.
 */
function asciiOnly() {
  return {
    name: 'ascii-only',
    // Of the written chunk: before that the characters would be put back.
    generateBundle(_options, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== 'chunk') continue
        if (/\\[^\0-\x7f]/.test(chunk.code)) throw new Error(`${chunk.fileName} escapes a character that is no ASCII`)
        chunk.code = chunk.code.replaceAll(
          /[^\0-\x7f]/g,
          (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
        )
      }
    },
  }
}

/**
 * Keeps a bundle apart that another one imports late: what both of them need would lie in a part that they share, with all that
 * only one of them needs. It is required, because Node's `import()` loads CommonJS by a second loader.
 *
 * @param source as it is imported: `./hook.js`
 * @param file the bundle: `./hook.cjs`
 */
function otherBundle(source, file = source.replace(/\.js$/, '.cjs')) {
  return {
    name: 'other-bundle',
    resolveId: (id) => (id === source ? { id: file, external: true } : null),
    generateBundle(_options, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== 'chunk' || !chunk.dynamicImports.includes(file)) continue
        chunk.code = chunk.code.replaceAll(/\bimport\((["'`])(\.\/[\w-]+\.cjs)\1\)/g, (whole, _quote, imported) =>
          imported === file ? `Promise.resolve().then(() => require("${file}"))` : whole,
        )
      }
    },
  }
}

export default defineConfig([
  {
    ...shared,
    // Loaded before Node's cache of compiled code is on, so there is next to nothing in it.
    input: { cli: 'src/cli.ts' },
    external: [/^node:/],
    plugins: [otherBundle('./first-look.js'), otherBundle('./main.js', './program.cjs'), asciiOnly()],
    output: { ...program, entryFileNames: '[name].cjs', minify: true },
  },
  {
    ...shared,
    input: { program: 'src/main.ts' },
    // It carries its packages: resolving them one by one takes as long as Node itself takes to start.
    external: [/^node:/, ...hubPackages],
    // Its main file requires the others by a function of its own, which no bundler sees through.
    resolve: { alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' } },
    plugins: [compileSchemas(), asciiOnly()],
    output: {
      ...program,
      entryFileNames: '[name].cjs',
      chunkFileNames: 'cli/[name]-[hash].cjs',
      codeSplitting: {
        // Each group takes what it imports with it, as far as none before it has: first what every command needs, then what all
        // commands declare that know no kind, then what tells that there is nothing to push, or who will push it, then what a
        // request to a hub needs, with the keys that sign it.
        groups: [
          // Of what some of them need as well, all is with the first.
          {
            name: 'program',
            test: /\/src\/(main|sync\/(holding\/exclusive-holds|verdict)|record\/protocol|files\/toml-edit|auth\/pins)\.ts$/,
            priority: 3,
          },
          { name: 'commands', test: /\/src\/commands\/index\.ts$/, priority: 2.8 },
          // What runs of this machine have among themselves, for verbs that ask no hub.
          { name: 'leases', test: /\/src\/(workspace\/(leases|holding)\/|base\/ending-with\.ts)/, priority: 2.5 },
          { name: 'push', test: /\/src\/(sync\/push\/(push|unsent)|workspace\/keeper-lock)\.ts$/, priority: 2 },
          {
            name: 'client',
            test: /\/src\/(auth\/|hub-client\/(?!tunnel-|pinning-|certificate-)|sync\/pull\/pull\.ts|sync\/push\/delivery\.ts)/,
            priority: 1,
          },
          // By which a run enters and waits: a dozen small parts, each of which takes as long to find as to run.
          {
            name: 'runs',
            test: /\/(src\/(sync\/(leaving\/(enter-run|give-back-of-dead)|waiting\/wait-until)|workspace\/(local-changes|watch-directories))|plugins\/(reserving\/(enter-as|reservation-held|force|heartbeat)|tasks\/(claimer|claim-task)))\.ts$/,
            priority: 0.5,
          },
        ],
      },
    },
  },
  {
    ...shared,
    input: { 'first-look': 'src/first-look.ts' },
    external: [/^node:/],
    plugins: [otherBundle('./hook.js'), asciiOnly()],
    // Short, because reading it is most of what it takes; what it throws is shown to nobody.
    output: { ...program, entryFileNames: '[name].cjs', minify: true },
  },
  {
    ...shared,
    input: { hook: 'src/hook.ts' },
    external: [/^node:/, ...hubPackages],
    plugins: [compileSchemas(), asciiOnly()],
    output: {
      ...program,
      entryFileNames: '[name].cjs',
      chunkFileNames: 'hook/[name]-[hash].cjs',
      // What is asked of before every edit is one file: to find one takes as long as to read three.
      codeSplitting: {
        groups: [{ name: 'edit', test: /\/plugins\/agents\/(hook|moments\/before-edit)\.ts$/, priority: 1 }],
      },
    },
  },
  {
    ...shared,
    input: { index: 'src/index.ts', plugin: 'src/plugin.ts', hub: 'src/hub.ts', testing: 'src/testing.ts' },
    // Packages stay packages, save the few lines that compiled decorators call, and what speaks MCP: nobody who installs this
    // should install that as well.
    external: [/^(?!@oxc-project\/|@modelcontextprotocol\/|zod(\/|$))[^./\0]/],
    output: { dir: directory, entryFileNames: '[name].js', chunkFileNames: 'library/[name]-[hash].js' },
  },
])
