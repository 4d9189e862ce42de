import { reserve } from '../../../plugins/reserving/reserve.js'
import { claim } from '../../../plugins/tasks/claim.js'
import { pull } from '../../../src/sync/pull/pull.js'
import { push } from '../../../src/sync/push/push.js'
import type { SoakStore } from './soak-store.js'

const HOUR = 3600_000
const DAY = 24 * HOUR
const TTL_SECONDS = 3600

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
  if (store.hub !== null) await push(await store.session())
}

/** Old records that no hub has, and new ones. */
export function writeUnsent(store: SoakStore): void {
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
export async function writeFar(_store: SoakStore, other: SoakStore): Promise<void> {
  other.put({ 'tasks/far.json': task('far') })
  const session = await other.session()
  await claim(session, { runId: 'far', task: 'far', ttlSeconds: TTL_SECONDS })
  await reserve(session, { addresses: ['src/far.ts'], runId: 'far', ttlSeconds: TTL_SECONDS, deny: true })
  await push(await other.session())
}

/** The same, and it was pulled. */
export async function meetFar(store: SoakStore, other: SoakStore): Promise<void> {
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
