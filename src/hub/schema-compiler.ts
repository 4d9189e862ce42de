import { Ajv } from 'ajv'
import type { FastifySchemaCompiler } from 'fastify'

/** Queries are text and may repeat a name: `limit=5` is a number, `kinds=a` a list of one. */
const forQueries = new Ajv({ coerceTypes: 'array', useDefaults: true, strict: false })

/** Bodies are taken as they are: nothing is converted, filled in or left out. */
const forBodies = new Ajv({ strict: false })

/** What is a number to JavaScript and may be none, or another, to whoever stands before the hub: `0x1`, `1e2`, ` 1`. */
const DECIMAL = /^-?\d+$/

interface QuerySchema {
  readonly properties?: Readonly<Record<string, { readonly type?: unknown }>>
}

type Validation = ReturnType<FastifySchemaCompiler<object>>

/** By part and text: to compile them is most of what it takes to start a hub, and a process may start many, as tests do. */
const compiled = new Map<string, Validation>()

/** Compiles the schemas of routes, those that `/openapi.json` shows, once for all hubs of the process. */
export const compileSchema: FastifySchemaCompiler<object> = ({ schema, httpPart }) => {
  const isQuery = httpPart === 'querystring'
  const key = `${isQuery} ${JSON.stringify(schema)}`
  const known = compiled.get(key)
  if (known !== undefined) return known
  const validation = isQuery ? compileQuery(schema) : forBodies.compile(schema)
  compiled.set(key, validation)
  return validation
}

function compileQuery(schema: object): Validation {
  const validate = forQueries.compile(schema)
  const properties = Object.entries((schema as QuerySchema).properties ?? {})
  const integers = properties.flatMap(([name, { type }]) => (type === 'integer' ? [name] : []))
  return (query: Record<string, unknown>) => {
    const wrong = integers.find((name) => typeof query[name] === 'string' && !DECIMAL.test(query[name]))
    if (wrong !== undefined) return { error: [noInteger(wrong)] }
    return validate(query) ? true : { error: validate.errors ?? [] }
  }
}

/** As ajv says it. */
function noInteger(name: string) {
  const [keyword, schemaPath] = ['type', `#/properties/${name}/type`]
  return { instancePath: `/${name}`, message: 'must be integer', keyword, schemaPath, params: { type: 'integer' } }
}
