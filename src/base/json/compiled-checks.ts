import type { ValidateFunction } from 'ajv'

/**
 * What ajv makes of a schema, by the schema's JSON text. Empty here: the build of the executable fills it with the
 * program's own schemas (`.ci/compile-schemas.mjs`). A schema that is not among them, to the letter, is compiled when
 * it is asked for.
 */
export const compiledChecks: ReadonlyMap<string, ValidateFunction> = new Map()
