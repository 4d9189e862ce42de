import assert from 'node:assert/strict'
import { registeredKind } from '../kinds/containment/contain-kind.js'
import { ANSWERS, ANSWERS_OF_EACH } from '../kinds/containment/kind-answers.js'
import type { Kind } from '../kinds/kind.js'
import type { JsonObject } from '../record/record.js'

const FIELDS = new Set([
  ...['name', 'directory', 'idField', 'runIdField', 'schema', 'merge', 'strict', 'states', 'expiresAt'],
  ...Object.keys(ANSWERS),
  ...Object.keys(ANSWERS_OF_EACH),
])

/** Those of payloads alone, which nothing has looked at: anybody writes records of the kind. */
const OF_PAYLOADS = ['expiresAt', 'describe', 'after', 'rank', 'beats'] as const

/** What a field may turn out to be. */
const ODD_VALUES: readonly unknown[] = [7, 'nonsense', true, null, ['a', 7], { a: 7 }]

/** A field that nobody asks for is a misspelt one. */
export function assertKnownFields(kind: Kind): void {
  for (const field of Object.keys(registeredKind(kind))) {
    assert.ok(FIELDS.has(field), `nobody asks a kind for "${field}"; there are ${[...FIELDS].join(', ')}`)
  }
}

/** A payload may lack either field, but a kind whose samples all do has misspelt it. */
export function assertNamedFields(kind: Kind, samples: readonly JsonObject[]): void {
  for (const field of ['idField', 'runIdField'] as const) {
    assert.ok(
      samples.some((sample) => kind[field] in sample),
      `${field} is "${kind[field]}", and no sample has a field of that name`,
    )
  }
}

/** A keyword or format that validators do not know checks nothing. */
export async function assertStrictSchema({ schema }: Kind): Promise<void> {
  const [{ Ajv2020 }, formats] = await Promise.all([import('ajv/dist/2020.js'), import('ajv-formats')])
  const ajv = new Ajv2020({ strict: true, strictRequired: false, strictTypes: false, strictTuples: false })
  formats.default.default(ajv)
  try {
    ajv.compile(schema)
  } catch (error) {
    assert.fail(`its schema checks less than it says: ${(error as Error).message}`)
  }
}

/** Other programs write fewer fields than the samples have: a schema that requires nearly all of them warns of each. */
export function assertTolerantSchema({ schema, idField }: Kind, samples: readonly JsonObject[]): void {
  const { required = [] } = schema as { readonly required?: readonly string[] }
  const optional = samples.flatMap(Object.keys).filter((field) => field !== idField && !required.includes(field))
  const others = samples.flatMap(Object.keys).some((field) => field !== idField)
  assert.ok(!others || optional.length > 0, `its schema requires every field that a sample has: ${required.join(', ')}`)
}

/** Every field of a sample, as if somebody had written something else there. */
export function assertTakesAnyPayload(kind: Kind, samples: readonly JsonObject[]): void {
  const fields = samples.flatMap((sample) => Object.keys(sample).map((field) => [sample, field] as const))
  const odd = fields.flatMap(([sample, field]) => ODD_VALUES.map((value) => ({ ...sample, [field]: value })))
  for (const payload of [{}, ...samples, ...odd]) {
    for (const callback of OF_PAYLOADS) {
      try {
        kind[callback]?.(payload as JsonObject)
      } catch (error) {
        assert.fail(`${callback} must take any payload, and of ${JSON.stringify(payload)}: ${(error as Error).message}`)
      }
    }
  }
}

/** The same payload lapses at the same time, whenever and wherever one asks. */
export function assertSteadyExpiry(kind: Kind, samples: readonly JsonObject[]): void {
  const { now } = Date
  for (const sample of samples) {
    const first = kind.expiresAt(sample)
    try {
      Date.now = () => now() + 24 * 3600 * 1000
      const second = kind.expiresAt(sample)
      assert.equal(second, first, `expiresAt answers ${first} first and then ${second}, of one payload`)
    } finally {
      Date.now = now
    }
  }
}

/** What never lapses stays with a run that has died. */
export function assertLeaseLapses(kind: Kind, samples: readonly JsonObject[]): void {
  if (kind.merge !== 'lease') return
  assert.ok(
    samples.some((sample) => kind.expiresAt(sample) !== null),
    'expiresAt answers null to every sample of this lease, so whoever dies with it keeps it for good',
  )
}
