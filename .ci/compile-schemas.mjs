import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import standalone from 'ajv/dist/standalone/index.js'
import formats from 'ajv-formats'
import { rolldown } from 'rolldown'

const root = path.resolve(import.meta.dirname, '..')
const FILLED = path.join(root, 'src', 'base', 'json', 'compiled-checks.ts')

/**
 * Fills `src/base/json/compiled-checks.ts` with the checks that ajv makes of the program's own schemas, so that the executable
 * carries them as code: to load ajv and let it compile one takes as long as Node takes to start.
 */
export function compileSchemas() {
  let filled = false
  return {
    name: 'compile-schemas',
    async load(id) {
      if (path.normalize(id) !== FILLED) return null
      filled = true
      return { code: await compiledChecks(), moduleType: 'js' }
    },
    // Without it everything works, slowly: nobody would notice that the file has moved.
    buildEnd(error) {
      if (!error && !filled) throw new Error(`No module of the build is ${FILLED}.`)
    },
  }
}

/** The module as source code. */
export async function compiledChecks() {
  const schemas = [...kindSchemas(), ...(await answerSchemas())]
  // With the options of src/base/json/validation.ts; what differs is that the source is kept.
  const ajv = new Ajv2020({ strict: false, addUsedSchema: false, code: { source: true, esm: true } })
  formats.default(ajv)
  for (const [index, schema] of schemas.entries()) ajv.addSchema(schema, `schema${index}`)
  const names = schemas.map((_, index) => [`check${index}`, `schema${index}`])
  const entries = schemas.map((schema, index) => `[${JSON.stringify(JSON.stringify(schema))}, check${index}]`)
  return `${importing(standalone.default(ajv, Object.fromEntries(names)))}
    export const compiledChecks = new Map([${entries.join(',\n')}])`
}

function kindSchemas() {
  const directory = path.join(root, 'schemas')
  return readdirSync(directory)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(path.join(directory, name), 'utf8')))
}

async function answerSchemas() {
  const bundle = await rolldown({ input: path.join(root, 'src', 'hub-client', 'answers.ts'), logLevel: 'warn' })
  const { output } = await bundle.generate({ format: 'esm' })
  return Object.values(await import(`data:text/javascript,${encodeURIComponent(output[0].code)}`))
}

/**
 * Ajv writes `require` into ES modules too; a bundler wants `import`. Of what is required, all CommonJS, the default import
 * is `module.exports`, whether or not that has a `default` of its own.
 */
function importing(code) {
  const imports = []
  const body = code.replace(/require\("([^"]+)"\)/g, (_, specifier) => {
    imports.push(`import imported${imports.length} from ${JSON.stringify(specifier)}`)
    return `imported${imports.length - 1}`
  })
  return [...imports, body].join('\n')
}
