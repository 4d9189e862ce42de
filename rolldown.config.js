import { defineConfig } from 'rolldown'

/** What a hub loads and nobody else, and what is native: taken from node_modules when it is needed. */
const hubPackages = [/^fastify/, /^@fastify\//, /^pino/, /^prom-client/, /^pg/, /^@photostructure\//, /^@parcel\//]

const directory = process.env.BUILD_DIRECTORY ?? 'dist'

const shared = {
  platform: 'node',
  logLevel: 'warn',
  treeshake: { moduleSideEffects: (id) => /reflect-metadata|\/src\/cli\.ts$/.test(id) },
}

export default defineConfig([
  {
    // The executable carries its packages: resolving them one by one takes as long as Node itself takes to start.
    ...shared,
    input: { cli: 'src/cli.ts' },
    external: [/^node:/, ...hubPackages],
    output: { dir: directory, entryFileNames: '[name].js', chunkFileNames: 'cli/[name]-[hash].js', minify: false },
  },
  {
    ...shared,
    input: { index: 'src/index.ts', testing: 'src/testing.ts' },
    // Packages stay packages, save the few lines that compiled decorators call.
    external: [/^(?!@oxc-project\/)[^./\0]/],
    output: { dir: directory, entryFileNames: '[name].js', chunkFileNames: 'library/[name]-[hash].js' },
  },
])
