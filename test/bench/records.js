import { randomUUID } from 'node:crypto'

/** What a server has served before it is measured. */
export const WARM_UP_RECORDS = 3000

const FIRST = Date.parse('2026-03-18T12:00:00Z')

/**
 * A record that is written once: what an agent reserves. About 350 bytes as JSON.
 *
 * @param {number} number makes its content unlike the others'
 */
export function reservation(number) {
  const id = randomUUID()
  const payload = {
    schema_version: '1',
    reservation_id: id,
    run_id: `run-${number % 64}`,
    branch: 'feature/benchmark',
    addresses: [`src/module_${number}/service.py::handle_request_${number}`, `src/module_${number}/model.py`],
    operation: 'modify',
    created_at: timestamp(number),
    expires_at: timestamp(number + 3600),
  }
  return { id, directory: 'reservations', json: `${JSON.stringify(payload)}\n` }
}

/**
 * A record that comes again and again under its id: the heartbeat of a run.
 *
 * @param {number} number of the run
 * @param {number} beat makes its content another one
 */
export function heartbeat(number, beat) {
  const id = `run-${number}`
  const payload = {
    run_id: id,
    last_beat_at: timestamp(beat),
    expires_at: timestamp(beat + 3600),
    reservations: { [randomUUID()]: timestamp(beat + 3600), [randomUUID()]: timestamp(beat + 7200) },
    detail: `beat ${beat} of a run that works on src/module_${number}/service.py`,
  }
  return { id, directory: 'heartbeats', json: `${JSON.stringify(payload)}\n` }
}

/** @param {number} count */
export function reservations(count) {
  return Array.from({ length: count }, (_, number) => reservation(number))
}

/** @param {number} count @param {number} beat */
export function heartbeats(count, beat) {
  return Array.from({ length: count }, (_, number) => heartbeat(number, beat))
}

function timestamp(second) {
  return new Date(FIRST + second * 1000).toISOString().replace('Z', '000+00:00')
}
