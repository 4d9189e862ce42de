import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { ValidateFunction } from 'ajv'
import { compileCheck } from '../../src/base/json/validation.js'
import * as answers from '../../src/hub-client/answers.js'

const root = path.resolve(import.meta.dirname, '../..')

/** Bundles the generated module as the build does, by the build's own settings. */
const BUILD = `
  import { rolldown } from 'rolldown'
  import config from './rolldown.config.js'
  const { plugins, output, ...executable } = config.find(({ input }) => 'program' in input)
  const bundle = await rolldown({ ...executable, input: 'src/base/json/compiled-checks.ts', plugins })
  await bundle.write({ file: process.argv[1], format: output.format })
`

const schemas: ReadonlyMap<string, object> = new Map([
  ...readdirSync(path.join(root, 'schemas'))
    .filter((name) => name.endsWith('.json'))
    .map((name): [string, object] => [name, JSON.parse(readFileSync(path.join(root, 'schemas', name), 'utf8'))]),
  ...Object.entries(answers),
])

/** Values that break schemas in as many ways as there are keywords in them. */
const VALUES = [undefined, null, true, -1, 1.5, 1e300, '', 'text', '2026-03-18T12:00:00Z', [], ['a'], {}, { kind: 1 }]

describe('the checks that the executable carries compiled', () => {
  let directory: string
  let compiled: ReadonlyMap<string, ValidateFunction>

  beforeAll(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'compiled-checks-'))
    const file = path.join(directory, 'checks.cjs')
    writeFileSync(path.join(directory, 'package.json'), '{}')
    execFileSync(process.execPath, ['--input-type=module', '-e', BUILD, file], { cwd: root })
    compiled = createRequire(import.meta.url)(file).compiledChecks
  }, 90_000)

  afterAll(() => rmSync(directory, { recursive: true, force: true }))

  it.each([...schemas])('has %s, and finds in it what ajv finds', async (_name, schema) => {
    const validate = compiled.get(JSON.stringify(schema))
    const check = await compileCheck(schema)
    const { properties = {} } = schema as { properties?: Record<string, object> }
    const documents = Object.keys(properties).flatMap((name) =>
      VALUES.map((value) => ({ ...sample(schema), [name]: value })),
    )
    expect(documents.length).toBeGreaterThan(0)
    for (const document of [...documents, ...VALUES, sample(schema)]) {
      expect([document, validate?.(document)]).toEqual([document, check(document) === null])
    }
  })
})

/** A document that has what the schema asks for. */
function sample(schema: object): Record<string, unknown> {
  const { required = [], properties = {} } = schema as {
    required?: string[]
    properties?: Record<string, { type?: string | string[]; pattern?: string }>
  }
  return Object.fromEntries(
    required.map((name) => {
      const { type, pattern } = properties[name] ?? {}
      if (pattern !== undefined) return [name, 'ab'.repeat(32)]
      return [name, type === 'integer' ? 1 : type === 'array' ? [] : 'text']
    }),
  )
}
