import { RELEASE } from '../../base/release.js'

/** The files of a package that brings one kind, with a test that passes as it stands: by name, what they say. */
export function kindPackage(name: string): Readonly<Record<string, string>> {
  const idField = `${name.replaceAll('-', '_')}_id`
  return {
    'package.json': json(manifestOf(name)),
    'schema.json': json(schemaOf(idField)),
    'index.js': pluginOf(name, idField),
    'index.test.js': testOf(name, idField),
    'README.md': readmeOf(name),
  }
}

function manifestOf(name: string): object {
  const needed = { 'muse-coord': `^${RELEASE}` }
  return {
    name: packageName(name),
    version: '0.1.0',
    type: 'module',
    exports: './index.js',
    files: ['index.js', 'schema.json', 'README.md'],
    scripts: { test: 'node --test' },
    peerDependencies: needed,
    devDependencies: needed,
  }
}

export function packageName(name: string): string {
  return `muse-kind-${name}`
}

/** `build-lock` lies in `build-locks`, `branch` in `branches`, `entry` in `entries`. */
export function directoryName(name: string): string {
  if (/(s|x|z|ch|sh)$/.test(name)) return `${name}es`
  return /[^aeiou]y$/.test(name) ? `${name.slice(0, -1)}ies` : `${name}s`
}

/** Little is required, and other fields pass: other programs write records of the kind too. */
function schemaOf(idField: string): object {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties: {
      [idField]: { type: 'string' },
      run_id: { type: 'string' },
      note: { type: 'string' },
      expires_at: { type: ['string', 'null'] },
    },
  }
}

function pluginOf(name: string, idField: string): string {
  return `import { readFileSync } from 'node:fs'

/** @type {import('muse-coord/plugin').PluginDefinition} */
const plugin = {
  api: '^1',
  kinds: [
    {
      name: '${name}',
      directory: '${directoryName(name)}',
      idField: '${idField}',
      runIdField: 'run_id',
      // The latest from its author counts; 'once' keeps the first, 'lease' keeps it for one run.
      merge: 'latest',
      schema: JSON.parse(readFileSync(new URL('./schema.json', import.meta.url), 'utf8')),
      // Anybody writes records of the kind, so a field may be anything.
      expiresAt: ({ expires_at }) => expires_at ?? null,
      describe: ({ note }) => (typeof note === 'string' ? note.replace(/\\s+/g, ' ') : ''),
    },
  ],
}

export default plugin
`
}

function testOf(name: string, idField: string): string {
  return `import { describe, it } from 'node:test'
import { describeKind } from 'muse-coord/testing'
import plugin from './index.js'

describeKind('${name}', plugin, {
  runner: { describe, it: (title, body) => it(title, body) },
  samples: [
    { ${idField}: 'one', run_id: 'agent-1', note: 'the first' },
    { ${idField}: 'two', run_id: 'agent-1', expires_at: '2036-03-18T12:00:00Z' },
  ],
  broken: [{ note: 7 }, { expires_at: 'tomorrow' }],
})
`
}

function readmeOf(name: string): string {
  return `# ${packageName(name)}

The kind \`${name}\` for [muse-coord](https://www.npmjs.com/package/muse-coord): files in \`.muse/coordination/${directoryName(name)}/\` travel to whoever shares
the space.

- \`npm test\` runs the conformance suite of kinds.
- \`muse-coord kinds --plugin .\` in this directory shows that it loads.
- In a repository: \`npm install ${packageName(name)}\`, then \`plugins = ["${packageName(name)}"]\` under \`[coord]\` of \`.muse/config.toml\`.

\`index.js\` says what the kind is; the guide beside muse-coord, \`plugins/README.md\`, has every answer that it can give.
`
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
