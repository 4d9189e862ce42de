import { coordError, defineCommand, RUN_ID_OPTION, readRunId, untilText } from '../../src/plugin.js'
import type { Beaten } from './heartbeat.js'
import { CONFLICT_JSON, readSeconds } from './options.js'
import { conflictText } from './texts.js'

const DEFAULT_EXTENSION_SECONDS = 3600

const CODES: Readonly<Record<Beaten['status'], number>> = { ok: 0, not_found: 4, already_released: 7, lost: 7 }

export const heartbeatCommand = defineCommand({
  name: 'heartbeat',
  summary: 'Say that a run is alive, and extend its reservations.',
  description: `Extends a reservation, or without one all active reservations of the run, to --extension seconds from now. Long work beats
every half extension. There is one heartbeat a run: the next one replaces it, here and on the hub.
When it says already_released or lost (it had lapsed, and another run has reserved the same since), stop the work there.`,
  arguments: '[reservation]',
  options: [
    RUN_ID_OPTION,
    { flag: '--extension <time>', description: 'From now on: seconds, or 5m, 2h (default 1h).' },
  ],
  examples: [
    'heartbeat 0b9d1c1e-6a5d-4a0e-9f9e-3c2b8f1d7a10 --run-id agent-7 --json',
    'heartbeat --run-id agent-7 --extension 600',
  ],
  json: [
    'status                ok, already_released, not_found, lost',
    'reservation_id        as given; null for all',
    'run_id                as given',
    'last_beat_at, extended_expires_at, ttl_extended_seconds  of this beat; null unless ok',
    'reservations          [{reservation_id, extended_expires_at}] what this beat extended',
    'nearest               with not_found: the id that was meant, perhaps; or null',
    `conflicts             with lost: ${CONFLICT_JSON}`,
  ],
  exitCodes: {
    0: 'ok',
    4: 'not_found: there is no such reservation',
    6: 'it is the reservation of another run',
    7: 'already_released or lost: stop the work there',
  },
  async run(call) {
    const { flags, output } = call
    const [reservationId = null, ...others] = call.arguments
    if (others.length > 0) throw coordError('ARGUMENTS', 'Name one reservation, or none for all of the run.')
    const runId = readRunId(call)
    const extensionSeconds = readSeconds(flags, 'extension', DEFAULT_EXTENSION_SECONDS)
    const { heartbeat } = await import('./heartbeat.js')
    const beaten = await heartbeat(await call.session(), { runId, reservationId, extensionSeconds })
    return {
      result: beaten,
      text: textOf(beaten, output.columns),
      exitCode: CODES[beaten.status],
    }
  },
})

function textOf(beaten: Beaten, columns: number): string {
  const { status, reservationId, runId, reservations, extendedExpiresAt, nearest, conflicts } = beaten
  switch (status) {
    case 'ok':
      return `✅ ${runId} is alive — ${reservations.length} reservation(s) extended ${untilText(extendedExpiresAt)}`
    case 'not_found':
      return `❌ There is no reservation ${reservationId}${nearest === null ? '' : `; the nearest: ${nearest}`}.`
    case 'already_released':
      return `❌ ${reservationId} was released already: stop the work there.`
    case 'lost':
      return `❌ ${reservationId} had lapsed, and another run has reserved it since: stop the work there.\n${conflictText(conflicts, columns)}`
  }
}
