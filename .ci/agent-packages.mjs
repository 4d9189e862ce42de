/**
 * What catalogues of agent programs read, made of what `setup` writes: `node .ci/agent-packages.mjs` writes the plugin for Claude
 * Code to `claude-plugin/` and the entry of the MCP registry to `server.json`, and a test sees that what lies there is what comes
 * out here.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { rolldown } from 'rolldown'

const root = path.resolve(import.meta.dirname, '..')

/** What they are made of: of the sources, not of the build, which may be older. */
const PARTS = `
  export { claudeCode } from './plugins/agents/claude-code.ts'
  export { installedLine } from './plugins/agents/hook-line.ts'
  export { PRIME } from './plugins/agents/prime.ts'
`

/** The files: their text by their path from the top of the repository. */
export async function agentPackages() {
  const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
  const plugin = Object.entries(await claudePlugin(manifest))
  return {
    ...Object.fromEntries(plugin.map(([name, text]) => [`claude-plugin/${name}`, text])),
    'server.json': json(registryEntry(manifest)),
  }
}

async function claudePlugin({ version, description, license, keywords }) {
  const { claudeCode, installedLine, PRIME } = await partsOf()
  const { entries } = claudeCode.hooks('user', installedLine(claudeCode))
  const hooks = {}
  for (const { list, entry } of entries) {
    const [, event] = list
    hooks[event] = [...(hooks[event] ?? []), entry]
  }
  const author = { name: 'The authors of muse-coord' }
  return {
    '.claude-plugin/plugin.json': json({ name: 'muse-coord', version, description, author, license, keywords }),
    '.mcp.json': json({ mcpServers: { 'muse-coord': { command: 'muse-coord', args: ['mcp'] } } }),
    'hooks/hooks.json': json({ description: 'Reserves what is edited, and refuses what another run holds.', hooks }),
    'skills/coordinate/SKILL.md': `---
name: coordinate
description: How to work on a repository beside other agents, with muse-coord. Use it before a shell command writes files, and when an edit was refused because another run holds the file.
---

${PRIME}
`,
    'README.md': README,
  }
}

/** <https://github.com/modelcontextprotocol/registry>: which fields, and that a description has 100 characters at most. */
function registryEntry({ name, version, mcpName }) {
  return {
    $schema: 'https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json',
    name: mcpName,
    title: name,
    description: 'Agents that share a codebase: who holds which file, who is alive, who has which task.',
    version,
    packages: [
      {
        registryType: 'npm',
        identifier: name,
        version,
        transport: { type: 'stdio' },
        packageArguments: [{ type: 'positional', value: 'mcp' }],
        environmentVariables: [
          { name: 'MUSE_COORD_RUN_ID', description: 'The run that a call is for which names none.', isSecret: false },
        ],
      },
    ],
  }
}

const README = `# muse-coord for Claude Code

Lets the sessions of Claude Code share a repository with other agents, of whatever vendor and on whatever machine. Before an edit
the file is reserved for the session; an edit of what another run holds is refused, with who has it and until when. At its start
each session is told who it is and what others hold; at its end everything is free.

It needs \`muse-coord\` on the path, and a workspace in the repository (\`muse-coord init\`). Without the program its hooks pass
everything and say nothing, and its MCP server is shown as failed. By that server the verbs are there as tools.

\`muse-coord setup claude\` writes the same hooks into a repository's own settings, and guards git too; to have both does no harm.

These files are made by \`node .ci/agent-packages.mjs\`, of the same table as \`setup\`.
`

async function partsOf() {
  const bundle = await rolldown({
    input: 'parts',
    cwd: root,
    platform: 'node',
    logLevel: 'warn',
    plugins: [
      {
        name: 'parts',
        resolveId: (id) => (id === 'parts' ? path.join(root, 'parts.js') : null),
        load: (id) => (id === path.join(root, 'parts.js') ? PARTS : null),
      },
    ],
    treeshake: { moduleSideEffects: false },
  })
  const { output } = await bundle.generate({ format: 'esm' })
  return import(`data:text/javascript,${encodeURIComponent(output[0].code)}`)
}

function json(value) {
  return `${JSON.stringify(value, null, 2)}\n`
}

if (process.argv[1] === import.meta.filename) {
  for (const [name, text] of Object.entries(await agentPackages())) {
    const file = path.join(root, name)
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
}
