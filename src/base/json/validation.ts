import type { Ajv2020, ErrorObject } from 'ajv/dist/2020.js'
import { quote } from '../quote.js'

/** Tells why a value breaks a schema, or `null` when it does not. */
export type Check = (value: unknown) => string | null

const checks = new WeakMap<object, Promise<Check>>()

/**
 * Compiles a JSON Schema (2020-12, with formats) the first time it is asked for: a command that validates nothing
 * must not pay for it at start. The executable carries its own schemas compiled.
 *
 * Rejects with ajv's own error when the schema itself is wrong.
 */
export function compileCheck(schema: object): Promise<Check> {
  let check = checks.get(schema)
  if (check === undefined) {
    check = compile(schema)
    checks.set(schema, check)
  }
  return check
}

let compiler: Promise<Ajv2020> | undefined

function loadCompiler(): Promise<Ajv2020> {
  compiler ??= createCompiler()
  return compiler
}

const DRAFT = 'https://json-schema.org/draft/2020-12/schema'

async function compile(schema: object): Promise<Check> {
  const { $schema: draft = DRAFT } = schema as { readonly $schema?: unknown }
  // Keywords of other drafts mean something else, so a schema of one would be judged by what it does not say.
  if (draft !== DRAFT && draft !== `${DRAFT}#`)
    throw new Error(`its $schema is ${quote(draft)}, and has to be "${DRAFT}"`)
  const { compiledChecks } = await import('./compiled-checks.js')
  const validate = compiledChecks.get(JSON.stringify(schema)) ?? (await loadCompiler()).compile(schema)
  return (value) => (validate(value) ? null : sentence(validate.errors?.[0], value))
}

async function createCompiler(): Promise<Ajv2020> {
  const [{ Ajv2020 }, formats] = await Promise.all([import('ajv/dist/2020.js'), import('ajv-formats')])
  // Strangers' schemas may carry keywords and formats of their own, and two of them may bear one $id.
  const ajv = new Ajv2020({ strict: false, addUsedSchema: false, logger: false })
  formats.default.default(ajv)
  return ajv
}

function sentence(error: ErrorObject | undefined, value: unknown): string {
  if (error === undefined) return 'breaks its schema'
  const path = error.instancePath.slice(1).replaceAll('/', '.')
  const found = path === '' ? '' : `, got ${quote(at(value, error.instancePath))}`
  return `${path || 'the document'} ${error.message ?? 'breaks its schema'}${found}`
}

/** The value a JSON pointer leads to. */
function at(value: unknown, pointer: string): unknown {
  let found = value
  for (const step of pointer.split('/').slice(1)) {
    found = (found as Record<string, unknown>)[step.replaceAll('~1', '/').replaceAll('~0', '~')]
  }
  return found
}
