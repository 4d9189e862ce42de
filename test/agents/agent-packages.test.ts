import { execFileSync, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { compileCheck } from '../../src/plugin.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

const root = path.resolve(import.meta.dirname, '../..')

const MAKE =
  "import { agentPackages } from './.ci/agent-packages.mjs'; console.log(JSON.stringify(await agentPackages()))"

const TEXT = { type: 'string', minLength: 1 }

/** What <https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json> asks of the fields that our entry has. */
const REGISTRY_ENTRY = {
  type: 'object',
  required: ['$schema', 'name', 'description', 'version', 'packages'],
  additionalProperties: false,
  properties: {
    $schema: { const: 'https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json' },
    name: { type: 'string', minLength: 3, maxLength: 200, pattern: '^[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+$' },
    title: { ...TEXT, maxLength: 100 },
    description: { ...TEXT, maxLength: 100 },
    version: { ...TEXT, maxLength: 255, pattern: '^\\d+\\.\\d+\\.\\d+(-[\\w.]+)?$' },
    packages: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        required: ['registryType', 'identifier', 'version', 'transport'],
        additionalProperties: false,
        properties: {
          registryType: { const: 'npm' },
          identifier: TEXT,
          version: { ...TEXT, maxLength: 255, not: { const: 'latest' } },
          transport: { type: 'object', properties: { type: { const: 'stdio' } }, required: ['type'] },
          packageArguments: {
            type: 'array',
            items: {
              type: 'object',
              required: ['type', 'value'],
              additionalProperties: false,
              properties: { type: { const: 'positional' }, value: TEXT },
            },
          },
          environmentVariables: {
            type: 'array',
            items: {
              type: 'object',
              required: ['name'],
              additionalProperties: false,
              properties: { name: TEXT, description: TEXT, isSecret: { type: 'boolean' } },
            },
          },
        },
      },
    },
  },
}

describe('what catalogues of agent programs read', () => {
  it('is what its script makes of the table of agent programs', () => {
    const text = execFileSync(process.execPath, ['--input-type=module', '-e', MAKE], { cwd: root, encoding: 'utf8' })
    const made: Record<string, string> = JSON.parse(text)
    const directory = path.join(root, 'claude-plugin')
    const files = fs.readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    const names = ['server.json', ...files.map((file) => path.relative(root, path.join(file.parentPath, file.name)))]
    expect(Object.fromEntries(names.map((name) => [name, fs.readFileSync(path.join(root, name), 'utf8')]))).toEqual(
      made,
    )
  })

  it('is in the package, and the registry finds in it the name that its entry has', async () => {
    const { name, version, files, mcpName } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'))
    expect(files).toEqual(expect.arrayContaining(['server.json', 'claude-plugin', '.claude-plugin']))
    const entry = JSON.parse(fs.readFileSync(path.join(root, 'server.json'), 'utf8'))
    expect(entry).toMatchObject({ name: mcpName, version, packages: [{ identifier: name, version }] })
    const check = await compileCheck(REGISTRY_ENTRY)
    expect(check(entry)).toBeNull()
    expect(check({ ...entry, version: 'latest' })).not.toBeNull()
  })

  const claude = findClaude()
  const validates = 'holds what Claude Code asks of a plugin and of a marketplace'
  const check = claude === null ? it.skip : it
  check.each(['claude-plugin', '.'])(
    claude === null
      ? `${validates}: %s (there is no claude, on the path or installed by test:agents)`
      : `${validates}: %s`,
    (what) => {
      const env = { PATH: process.env.PATH, HOME: temporaryDirectory() }
      const options = { cwd: root, env, encoding: 'utf8' } as const
      const { status, stdout, stderr } = spawnSync(claude ?? '', ['plugin', 'validate', '--strict', what], options)
      expect([status, `${stdout}${stderr}`]).toEqual([0, expect.stringContaining('passed')])
    },
    30_000,
  )
})

/** As people have it, or as the tests of real programs install it: it asks for no account to look at a plugin. */
function findClaude(): string | null {
  const cache = path.join(process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'muse-coord-agents')
  const installed = fs.existsSync(cache) ? fs.readdirSync(cache).filter((name) => name.startsWith('claude-code-')) : []
  const programs = installed.map((name) => path.join(cache, name, 'node_modules/.bin/claude'))
  const folders = (process.env.PATH ?? '').split(path.delimiter).map((folder) => path.join(folder, 'claude'))
  return [...programs, ...folders].find((file) => fs.existsSync(file)) ?? null
}
