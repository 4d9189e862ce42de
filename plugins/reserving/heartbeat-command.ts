import { coordError, defineCommand, RESUME_OPTION, RUN_ID_OPTION, readRunId, untilText } from '../../src/plugin.js'
import type { Beaten, NotRenewed } from './beaten.js'
import { CONFLICT_JSON, readOptionalSeconds } from './options.js'
import { conflictText } from './texts.js'

const CODES: Readonly<Record<Beaten['status'], number>> = { ok: 0, not_found: 4, already_released: 7, lost: 7 }

export const heartbeatCommand = defineCommand({
  name: 'heartbeat',
  summary: 'Say that a run is alive, and extend what it holds.',
  moment: 'working',
  description: `Extends a reservation, named by its id or by an address that it holds, or without one all that the run holds, claims too:
each by its own length from now, or by --extension. Long work beats every half of that. There is one heartbeat a run: the next one replaces it, here and on the hub.
What is held alone (\`reserve --deny\`) is extended once the hub has the beat, and only before its end; what it could not extend
is named. When it says already_released or lost (its end had passed, or another run was first), stop the work there.`,
  arguments: '[reservation]',
  options: [
    RUN_ID_OPTION,
    RESUME_OPTION,
    {
      flag: '--extension <time>',
      description: 'From now on: seconds, or 5m, 2h (default: as long as each was taken for).',
    },
    { flag: '--offline', description: 'Do not ask the hub: what only it can confirm is not extended.' },
  ],
  examples: [
    'heartbeat 0b9d1c1e-6a5d-4a0e-9f9e-3c2b8f1d7a10 --run-id agent-7 --json',
    'heartbeat src/parser.ts --run-id agent-7',
    'heartbeat --run-id agent-7 --extension 600',
  ],
  json: [
    'status                ok, already_released, not_found, lost',
    'reservation_id        as given; null for all',
    'run_id                as given',
    'last_beat_at, extended_expires_at, ttl_extended_seconds  of this beat; null unless ok',
    'reservations          [{reservation_id, extended_expires_at}] what this beat extended',
    'renewed               [{kind, record_id, what, until}] the same, by records of whatever kind',
    'not_renewed           [{kind, record_id, what, until, reason, holder}] what it could not;',
    '                      reason: lost, taken, undecided, unconfirmed, or fixed: nothing extends records of that kind',
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
    const extensionSeconds = readOptionalSeconds(flags, 'extension')
    const isOffline = flags.on('offline')
    const resume = flags.on('resume')
    const { heartbeat } = await import('./heartbeat.js')
    const beaten = await heartbeat(await call.session(), { runId, reservationId, extensionSeconds, isOffline, resume })
    return {
      result: beaten,
      text: textOf(beaten, output.columns),
      exitCode: CODES[beaten.status],
    }
  },
})

function textOf(beaten: Beaten, columns: number): string {
  const { status, reservationId, runId, renewed, notRenewed, lastBeatAt, nearest, conflicts } = beaten
  switch (status) {
    case 'not_found':
      return `❌ There is no reservation ${reservationId}${nearest === null ? '' : `; the nearest: ${nearest}`}.`
    case 'already_released':
      return `❌ ${reservationId} was released already: stop the work there.`
  }
  const lines = notRenewed.map(notRenewedText)
  if (lastBeatAt === null) lines.push(`❌ ${reservationId} has lapsed: stop the work there.`)
  else {
    const what = renewed.map((one) => `${one.what} ${untilText(one.until)}`).join(', ')
    lines.unshift(`✅ ${runId} is alive — ${what === '' ? 'it holds nothing to extend' : `extended: ${what}`}`)
  }
  if (conflicts.length > 0) lines.push(conflictText(conflicts, columns))
  return lines.join('\n')
}

function notRenewedText({ what, until, reason, holder }: NotRenewed): string {
  switch (reason) {
    case 'lost':
      return `❌ ${what} is lost${holder === null ? '' : `: ${holder} has taken it`}; stop the work there.`
    case 'taken':
      return `⚠️  ${what} is not extended: another run takes it then. It is held ${untilText(until)}.`
    case 'undecided':
      return `⚠️  ${what} is not extended: nobody has said yet whether this run has it.`
    case 'fixed':
      return `⚠️  ${what} is not extended: nothing extends it. It is held ${untilText(until)}.`
    case 'unconfirmed':
      return `⚠️  ${what} is not extended: the hub has not confirmed it. It is held ${untilText(until)}.`
  }
}
