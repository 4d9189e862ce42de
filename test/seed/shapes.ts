import type { Mapping } from './original.js'

/** A shape that a record file may have, and how what this program sends of it differs from what the original sends. */
export interface Shape {
  /** The name of the file without `.json`. */
  readonly name: string
  /** The content of the file: what is no text or bytes becomes JSON. */
  content(mapping: Mapping): unknown
  /** Left out where the two send the same. */
  readonly difference?: Difference
}

export interface Difference {
  /** The kinds that it is about; all when left out. */
  among?(mapping: Mapping): boolean
  /** Fields of the record that are sent otherwise; `null`: the file stays behind, and is named. */
  readonly sent: Record<string, unknown> | null
  readonly because: string
}

const AT = '2036-03-18T12:00:00.123456'
const TIMES = ['created_at', 'claimed_at', 'last_beat_at', 'released_at', 'ended_at', 'extended_expires_at']
const TEXTS = ['branch', 'operation', 'detail', 'reason', 'error', 'status', 'title', 'queue', 'priority', 'result']
const LISTS = ['addresses', 'depends_on', 'tags', 'after', 'reservations', 'reservation_id', 'task_id']

const PATH = 'a record id becomes the name of a file on every machine'
const HUB = 'the hub takes no such record'

const lapsing = ({ lapses }: Mapping) => lapses

export const SHAPES: readonly Shape[] = [
  shape('smallest', () => ({})),
  shape('as-muse-writes-it', () => ({
    schema_version: '0.2.0',
    branch: 'main',
    addresses: ['src/billing.py::Invoice.total'],
    depends_on: ['sha256:0'],
    operation: 'rename',
    detail: 'total to sum',
    title: 'Sweep',
    queue: 'default',
    priority: 5,
    tags: ['py'],
    status: 'claimed',
    reservations: { r1: `${AT}+00:00` },
    ...Object.fromEntries(TIMES.map((field) => [field, `${AT}+00:00`])),
    expires_at: `${AT}+00:00`,
  })),

  // Ids
  { name: 'no-id', content: ({ idField, runIdField }) => (idField === runIdField ? {} : { [runIdField]: 'run-1' }) },
  { name: 'nothing', content: () => ({}) },
  id('id-null', null, { sent: { record_id: 'id-null' }, because: 'a file has a name where its record has none' }),
  id('id-empty', '', { sent: null, because: PATH }),
  id('id-a-path', '../../x', { sent: null, because: PATH }),
  id('id-a-number', 7, { sent: null, because: PATH }),
  id('id-of-128', 'a'.repeat(128)),
  id('id-of-129', 'a'.repeat(129), { sent: null, because: PATH }),
  id('id-a-hash', `sha256:${'0123456789abcdef'.repeat(4)}`),
  runId('run-null', null, { sent: { run_id: '' }, because: 'hubs take text alone, and what names no run has ""' }),
  runId('run-a-number', 7, { sent: null, because: HUB }),

  // When it lapses
  shape('lapses', () => ({ expires_at: `${AT}Z` })),
  shape('lapses-without-zone', () => ({ expires_at: AT }), {
    among: lapsing,
    sent: { expires_at: `${AT}Z` },
    because: 'its writer means UTC, and a reader would take it for the time of its own place',
  }),
  shape('lapses-never', () => ({ expires_at: null })),
  shape('lapses-at-a-number', () => ({ expires_at: 2089454400.5 }), { among: lapsing, sent: null, because: HUB }),
  shape('lapses-in-words', () => ({ expires_at: 'tomorrow' }), { among: lapsing, sent: null, because: HUB }),
  shape('lapses-on-a-day', () => ({ expires_at: '2036-03-18' }), { among: lapsing, sent: null, because: HUB }),

  // What is only told
  shape('times-without-zone', () => ({ ...every(TIMES, AT), reservations: { r1: AT } })),
  shape('times-that-are-none', () => ({ ...every(TIMES, 1773835200), reservations: { r1: 'later' } })),
  shape('null-everywhere', () => every(['schema_version', ...TIMES, ...TEXTS, ...LISTS], null)),
  shape('objects-for-text', () => every(TEXTS, { code: 7, text: ['…'] })),
  shape('texts-for-lists', () => every(['addresses', 'depends_on', 'tags', 'after', 'reservations'], 'src/a.py')),
  shape('version-a-fraction', () => ({ schema_version: 1.5 })),
  shape('unknown-fields', () => ({ camelCase: { snake_case: [1] }, 'with blank': '', $schema: 'https://example.com' })),

  // How it is spelt
  spelt('numbers', '[1e400,-1E-400,1152921504606846976,9007199254740993,1.50,-0,-0.0,12345678901234567890.0]'),
  spelt('escapes', '["\\u0000","\\ud800","\\udc00\\ud800","\\/","\\u00e9","é😀","\\u001b[31m"]'),
  spelt('name-twice', '{"a":1,"a":2,"2":2,"1":1,"__proto__":{"a":1}}'),
  spelt('indented', '{\r\n\t"a b" : [ 1 ,\n  "a  b" ] }'),
  spelt('nested-300', `${'['.repeat(300)}${']'.repeat(300)}`, {
    sent: null,
    because: 'what is deeper than 200 levels was made to break its readers',
  }),
  spelt('large', `"${'x'.repeat(300 * 1024)}"`, { sent: null, because: HUB }),
  spelt('not-a-number', 'NaN', { sent: null, because: 'it is no JSON: a hub refuses the whole push that holds it' }),

  // What the original passes over without a word, and this program names
  { name: 'cut-off', content: () => '{"run_id": "run-1", "branch": ' },
  { name: 'empty', content: () => '' },
  { name: 'a-list', content: () => '[{"run_id": "run-1"}]' },
  { name: 'latin-1', content: () => Buffer.from('{"title": "Müll"}', 'latin1') },
]

function shape(name: string, fields: (mapping: Mapping) => object, difference?: Difference): Shape {
  const content = (mapping: Mapping) => ({ ...fields(mapping), ...idsOf(mapping, name) })
  return { name, content, ...(difference && { difference }) }
}

function id(name: string, value: unknown, difference?: Difference): Shape {
  return shapeOf(name, (mapping) => ({ ...idsOf(mapping, name), [mapping.idField]: value }), difference)
}

function runId(name: string, value: unknown, difference: Difference): Shape {
  return shapeOf(name, (mapping) => ({ ...idsOf(mapping, name), [mapping.runIdField]: value }), difference)
}

function spelt(name: string, text: string, difference?: Difference): Shape {
  return shapeOf(name, (mapping) => JSON.stringify(idsOf(mapping, name)).replace(/}$/, `,"odd":${text}}`), difference)
}

function shapeOf(name: string, content: (mapping: Mapping) => unknown, difference?: Difference): Shape {
  return { name, content, ...(difference && { difference }) }
}

/** For a heartbeat one field is both. */
function idsOf({ idField, runIdField }: Mapping, recordId: string): object {
  return { [runIdField]: 'run-1', [idField]: recordId }
}

function every(fields: readonly string[], value: unknown): object {
  return Object.fromEntries(fields.map((field) => [field, value]))
}
