import { Ajv } from 'ajv'
import type { FastifySchemaCompiler } from 'fastify'

/** Queries are text and may repeat a name: `limit=5` is a number, `kinds=a` a list of one. */
const forQueries = new Ajv({ coerceTypes: 'array', useDefaults: true, strict: false })

/** Bodies are taken as they are: nothing is converted, filled in or left out. */
const forBodies = new Ajv({ strict: false })

/** Compiles the schemas of routes: those that `/openapi.json` shows. */
export const compileSchema: FastifySchemaCompiler<object> = ({ schema, httpPart }) =>
  (httpPart === 'querystring' ? forQueries : forBodies).compile(schema)
