import { randomUUID } from 'node:crypto'

/** What stands in every store, whatever its size. */
export const ACTIVE_RESERVATIONS = 100
export const OPEN_TASKS = 50

/** Each run holds so many of the active reservations. */
const RESERVATIONS_OF_A_RUN = 10
const AN_HOUR = 3600
const A_DAY = 24 * AN_HOUR
/** What is over began so long ago: `tasks` and `status` show the last day, and `gc` by itself waits for a week. */
const OVER = { from: 2 * A_DAY, until: 6 * A_DAY }
/** The same where twenty of a hundred are of the last day. */
export const OVER_TILL_NOW = { from: 2 * AN_HOUR, until: 5 * A_DAY }

/**
 * What stands: reservations that hold for longer than the benchmark takes, and tasks that nobody has.
 *
 * @param {number} now milliseconds since 1970
 */
export function standingRecords(now) {
  const reservations = Array.from({ length: ACTIVE_RESERVATIONS }, (_, number) =>
    reservation(number, `run-${Math.floor(number / RESERVATIONS_OF_A_RUN)}`, now - AN_HOUR * 1000, now + A_DAY * 1000),
  )
  const tasks = Array.from({ length: OPEN_TASKS }, (_, number) => task(number, now - AN_HOUR * 1000))
  return [...reservations, ...tasks]
}

/**
 * What is over, as a swarm leaves it: of twenty records seven are reservations, four of them released, four are tasks with
 * their finished claims, and one is an intent.
 *
 * @param {number} count
 * @param {number} now milliseconds since 1970
 * @param {{ from: number, until: number }} ages seconds
 */
export function overRecords(count, now, { from, until } = OVER) {
  const records = []
  for (let block = 0; records.length < count; block++) {
    const age = until - ((until - from) * records.length) / count
    const at = now - age * 1000
    const run = `past-${block % 64}`
    const reservations = range(7).map((i) => reservation(block * 7 + i, run, at, at + AN_HOUR * 1000))
    const releases = reservations.slice(0, 4).map(({ id }) => release(id, run, at + AN_HOUR * 500))
    const tasks = range(4).map((i) => task(block * 4 + i, at))
    const claims = tasks.map(({ id }) => finishedClaim(id, run, at))
    records.push(...reservations, ...releases, ...tasks, ...claims, intent(block, run, at))
  }
  return records.slice(0, count)
}

/**
 * What stands in a swarm of many runs: each beats, holds five files, of which one in ten another run has too, and works on a
 * task; others wait.
 *
 * @param {number} runs
 * @param {number} now milliseconds since 1970
 */
export function swarmRecords(runs, now) {
  const [at, until] = [now - AN_HOUR * 1000, now + A_DAY * 1000]
  return range(runs).flatMap((number) => {
    const runId = `run-${number}`
    const files = range(5).map((i) => (i === 0 && number % 10 === 0 ? number * 5 + 5 : number * 5 + i))
    const tasks = range(3).map((i) => task(number * 3 + i, at))
    return [
      beat(runId, now, until),
      ...files.map((file) => reservation(file, runId, at, until)),
      ...tasks,
      record('claim', tasks[0].id, runId, at, until, {
        task_id: tasks[0].id,
        claimer_run_id: runId,
        claimed_at: timestamp(at),
        expires_at: timestamp(until),
        status: 'claimed',
      }),
      intent(number, runId, at, until),
    ]
  })
}

function beat(runId, at, until) {
  return record('heartbeat', runId, runId, at, until, {
    run_id: runId,
    last_beat_at: timestamp(at),
    expires_at: timestamp(until),
  })
}

function reservation(number, runId, at, until) {
  const id = randomUUID()
  return record('reservation', id, runId, at, until, {
    reservation_id: id,
    run_id: runId,
    branch: 'feature/benchmark',
    addresses: [`src/module_${number}/service.py::handle_request_${number}`, `src/module_${number}/model.py`],
    operation: 'modify',
    created_at: timestamp(at),
    expires_at: timestamp(until),
  })
}

function release(reservationId, runId, at) {
  const id = randomUUID()
  return record('release', id, runId, at, null, {
    release_id: id,
    run_id: runId,
    reservation_id: reservationId,
    released_at: timestamp(at),
    reason: 'done',
  })
}

function task(number, at) {
  const id = randomUUID()
  return record('task', id, 'planner', at, null, {
    task_id: id,
    run_id: 'planner',
    title: `Write the migration of module ${number}`,
    queue: 'default',
    priority: number % 5,
    payload: { files: [`src/module_${number}/model.py`] },
    tags: ['migration'],
    after: [],
    created_at: timestamp(at),
  })
}

function finishedClaim(taskId, runId, at) {
  return record('claim', taskId, runId, at, null, {
    task_id: taskId,
    claimer_run_id: runId,
    claimed_at: timestamp(at),
    expires_at: null,
    status: 'completed',
    ended_at: timestamp(at + AN_HOUR * 500),
  })
}

function intent(number, runId, at, until = at + AN_HOUR * 1000) {
  const id = randomUUID()
  return record('intent', id, runId, at, until, {
    intent_id: id,
    reservation_id: '',
    run_id: runId,
    branch: 'feature/benchmark',
    addresses: [`src/module_${number}/service.py`],
    operation: 'modify',
    detail: '',
    created_at: timestamp(at),
    expires_at: timestamp(until),
  })
}

function record(kind, id, runId, at, until, payload) {
  return { kind, id, runId, at, until, payload: { schema_version: '1', ...payload } }
}

function timestamp(milliseconds) {
  return new Date(milliseconds).toISOString().replace('Z', '000+00:00')
}

function range(length) {
  return Array.from({ length }, (_, number) => number)
}
