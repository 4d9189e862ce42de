import { reserve } from '../../../plugins/reserving/reserve.js'
import { claim } from '../../../plugins/tasks/claim.js'
import { pull } from '../../../src/sync/pull/pull.js'
import { push } from '../../../src/sync/push/push.js'
import type { SoakStore } from './soak-store.js'

/** A command line that is run with a fault in each of its file calls, and what is asked of it. */
export interface SoakedVerb {
  readonly line: readonly string[]
  readonly input?: (store: SoakStore) => string
  readonly hasHub?: boolean
  /** What is there besides what {@link furnish} makes. */
  readonly prepare?: (store: SoakStore, other: SoakStore) => Promise<void> | void
  /** How it ends without a fault; 0 when left out. */
  readonly exitCode?: number
  /** How it may end when it is run once more as well. */
  readonly again?: readonly number[]
  /** What must be told, unless the fault is: left out, its exit code says all. */
  readonly answer?: (stdout: string) => unknown
  /** Files of records that it may change or remove. */
  readonly touches?: RegExp
  /** It has changed or made one of these where it says that it is done. */
  readonly leaves?: RegExp
  /** Asks for the same while the verb is stopped: only one of them gets it. Left out: somebody looks at the state. */
  readonly rival?: readonly string[]
}

const HOUR = 3600_000
const DAY = 24 * HOUR
const TTL_SECONDS = 3600
const RIVAL = ['--run-id', 'rival', '--json']
const AGENT = ['--run-id', 'agent', '--json']
const OWN = ['--run-id', 'own', '--json']

/** `own` has a reservation and a task, `other` too, `far` works on another machine. Names: a verb, and which case of it. */
export const VERBS: Readonly<Record<string, SoakedVerb>> = {
  check: { line: ['check', 'src/other.ts', ...AGENT], exitCode: 6 },
  'check:extended': { line: ['check', 'src/extended.ts', ...AGENT], exitCode: 6 },
  'check:far': { line: ['check', 'src/far.ts', ...AGENT], exitCode: 6, hasHub: true, prepare: meetFar },
  'reserve:held': { line: ['reserve', 'src/other.ts', '--deny', ...AGENT], exitCode: 6 },
  'reserve:extended': { line: ['reserve', 'src/extended.ts', '--deny', ...AGENT], exitCode: 6 },
  'reserve:far': {
    line: ['reserve', 'src/far.ts', '--deny', '--offline', ...AGENT],
    exitCode: 6,
    hasHub: true,
    prepare: meetFar,
  },
  'reserve:alone': {
    line: ['reserve', 'src/free.ts', '--deny', ...AGENT],
    touches: /^heartbeats\/agent\.json/,
    leaves: /^reservations\//,
    rival: ['reserve', 'src/free.ts', '--deny', ...RIVAL],
  },
  'reserve:hub': {
    line: ['reserve', 'src/free.ts', '--deny', ...AGENT],
    hasHub: true,
    touches: /^heartbeats\/agent\.json/,
    leaves: /^reservations\//,
    rival: ['reserve', 'src/free.ts', '--deny', ...RIVAL],
  },
  reserve: {
    line: ['reserve', 'src/free.ts', ...AGENT],
    touches: /^heartbeats\/agent\.json/,
    leaves: /^reservations\//,
  },
  release: { line: ['release', 'src/own.ts', ...OWN], again: [4], leaves: /^releases\// },
  heartbeat: {
    line: ['heartbeat', ...OWN],
    touches: /^(heartbeats|claims)\/(own|mine)\.json/,
    leaves: /^heartbeats\/own/,
  },
  'claim:held': { line: ['claim', 'others', ...AGENT], exitCode: 6 },
  'claim:far': { line: ['claim', 'far', '--offline', ...AGENT], exitCode: 6, hasHub: true, prepare: meetFar },
  'claim:alone': {
    line: ['claim', 'open', ...AGENT],
    touches: /^claims\/open\.json/,
    leaves: /^claims\/open\.json/,
    rival: ['claim', 'open', ...RIVAL],
  },
  'claim:hub': {
    line: ['claim', 'open', ...AGENT],
    hasHub: true,
    touches: /^claims\/open\.json/,
    leaves: /^claims\/open\.json/,
    rival: ['claim', 'open', ...RIVAL],
  },
  'claim:next': {
    line: ['claim', ...AGENT],
    touches: /^claims\/open\.json/,
    leaves: /^claims\/open\.json/,
    rival: ['claim', ...RIVAL],
  },
  complete: { line: ['complete', 'mine', ...OWN], touches: /^claims\/mine\.json/, leaves: /^claims\/mine\.json/ },
  'complete:hub': {
    line: ['complete', 'mine', ...OWN],
    hasHub: true,
    touches: /^claims\/mine\.json/,
    leaves: /^claims\/mine\.json/,
  },
  enqueue: {
    line: ['enqueue', 'A task', '--id', 'new', '--json'],
    again: [1],
    touches: /^tasks\/new\.json/,
    leaves: /^tasks\/new\.json/,
  },
  status: { line: ['status', '--json'], answer: heldIn },
  gc: { line: ['gc', '--json'], touches: /^reservations\/old\d\.json/ },
  'gc:hub': { line: ['gc', '--json'], hasHub: true, prepare: writeUnsent, touches: /^reservations\/old\d\.json/ },
  push: { line: ['sync', 'push', '--json'], hasHub: true, prepare: writeUnsent },
  pull: {
    line: ['sync', 'pull', '--all', '--json'],
    hasHub: true,
    prepare: writeFar,
    leaves: /^remote\/reservation\//,
  },
  leave: {
    line: ['leave', ...OWN],
    touches: /^(heartbeats\/own|claims\/mine|reservations\/.*)\.json/,
    leaves: /^(releases|heartbeats)\//,
  },
  'leave:hub': {
    line: ['leave', ...OWN],
    hasHub: true,
    touches: /^(heartbeats\/own|claims\/mine|reservations\/.*)\.json/,
    leaves: /^(releases|heartbeats)\//,
  },
  'hook:held': { line: ['hook', 'claude'], input: (store) => editOf(store, 'src/other.ts'), answer: isDenied },
  'hook:extended': { line: ['hook', 'claude'], input: (store) => editOf(store, 'src/extended.ts'), answer: isDenied },
  'hook:free': { line: ['hook', 'claude'], input: (store) => editOf(store, 'src/free.ts') },
}

/** What every store holds: reservations and tasks of two runs, one of them extended by a beat, some over for long. */
export async function furnish(store: SoakStore): Promise<void> {
  const files: Record<string, object> = {
    'tasks/open.json': task('open'),
    'tasks/mine.json': task('mine'),
    'tasks/others.json': task('others'),
    'reservations/extended.json': reservation('extended', { created_at: ago(2 * HOUR), expires_at: ago(HOUR) }),
    'heartbeats/extender.json': {
      ...{ schema_version: '1', run_id: 'extender', last_beat_at: ago(HOUR * 1.5), expires_at: ago(-DAY) },
      reservations: { extended: ago(-DAY) },
    },
  }
  for (let index = 0; index < 3; index++) files[`reservations/old${index}.json`] = reservation(`old${index}`, LONG_AGO)
  store.put(files)
  const session = await store.session()
  for (const [runId, taskId] of [
    ['own', 'mine'],
    ['other', 'others'],
  ] as const) {
    await reserve(session, {
      addresses: [`src/${runId}.ts`],
      runId,
      ttlSeconds: TTL_SECONDS,
      deny: true,
      isOffline: true,
    })
    await claim(session, { runId, task: taskId, ttlSeconds: TTL_SECONDS })
  }
  if (store.hasHub) await push(await store.session())
}

/** Old records that no hub has, and new ones. */
function writeUnsent(store: SoakStore): void {
  store.put({
    'reservations/unsent.json': reservation('unsent', LONG_AGO),
    'reservations/new.json': reservation('new', {}),
    'intents/new.json': {
      schema_version: '1',
      intent_id: 'new',
      run_id: 'own',
      addresses: ['src/own.ts'],
      operation: 'modify',
      created_at: ago(0),
    },
  })
}

/** What another machine holds, at the hub and not here. */
async function writeFar(_store: SoakStore, other: SoakStore): Promise<void> {
  other.put({ 'tasks/far.json': task('far') })
  const session = await other.session()
  await claim(session, { runId: 'far', task: 'far', ttlSeconds: TTL_SECONDS })
  await reserve(session, { addresses: ['src/far.ts'], runId: 'far', ttlSeconds: TTL_SECONDS, deny: true })
  await push(await other.session())
}

/** The same, and it was pulled. */
async function meetFar(store: SoakStore, other: SoakStore): Promise<void> {
  await writeFar(store, other)
  await pull(await store.session(), { all: true })
}

const LONG_AGO = { created_at: ago(40 * DAY), expires_at: ago(39 * DAY) }

function ago(milliseconds: number): string {
  return new Date(Date.now() - milliseconds).toISOString()
}

function task(id: string): object {
  return {
    schema_version: '1',
    task_id: id,
    run_id: 'own',
    title: id,
    queue: 'default',
    priority: 0,
    created_at: ago(HOUR),
  }
}

function reservation(id: string, more: object): object {
  const times = { created_at: ago(HOUR), expires_at: ago(-HOUR) }
  const what = { branch: '', addresses: [`src/${id}.ts`], operation: 'modify', exclusive: true }
  return {
    schema_version: '1',
    reservation_id: id,
    run_id: id === 'extended' ? 'extender' : 'own',
    ...what,
    ...times,
    ...more,
  }
}

function editOf(store: SoakStore, file: string): string {
  const edit = { tool_name: 'Write', tool_input: { file_path: `${store.root}/${file}`, content: '' } }
  return JSON.stringify({ session_id: 'a1b2c3d4', cwd: store.root, hook_event_name: 'PreToolUse', ...edit })
}

function isDenied(stdout: string): boolean {
  return stdout.includes('"deny"')
}

/** What is held, as a state tells it. */
function heldIn(stdout: string): unknown {
  const { holds } = JSON.parse(stdout) as { holds: readonly Record<string, unknown>[] }
  return holds.map(({ kind, what, run_id }) => `${kind} ${what} ${run_id}`).sort()
}
