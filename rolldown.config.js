import { defineConfig } from 'rolldown'

/** What a hub loads and nobody else, and what is native: taken from node_modules when it is needed. */
const hubPackages = [/^fastify/, /^@fastify\//, /^pino/, /^prom-client/, /^pg/, /^@photostructure\//, /^@parcel\//]

const shared = {
  platform: 'node',
  treeshake: { moduleSideEffects: (id) => id.includes('reflect-metadata') || id.endsWith('/src/cli.ts') },
}

export default defineConfig([
  {
    // The executable carries its packages: resolving them one by one takes as long as Node itself takes to start.
    ...shared,
    input: { cli: 'src/cli.ts' },
    external: [/^node:/, ...hubPackages],
    output: { dir: 'dist', entryFileNames: '[name].js', chunkFileNames: 'cli/[name]-[hash].js', minify: false },
  },
  {
    ...shared,
    input: { index: 'src/index.ts', testing: 'src/testing.ts' },
    external: [/^[^./]/],
    output: { dir: 'dist', entryFileNames: '[name].js', chunkFileNames: 'library/[name]-[hash].js' },
  },
])
