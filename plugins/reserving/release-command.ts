import { coordError, defineCommand, RUN_ID_OPTION, readRunId } from '../../src/plugin.js'

export const releaseCommand = defineCommand({
  name: 'release',
  summary: 'Give reservations back before they lapse.',
  description: `Writes a release for each reservation. From then on it conflicts with nothing. To release twice is no error.
An id may be shortened to its first characters, four at least.`,
  arguments: '[reservation...]',
  options: [
    RUN_ID_OPTION,
    { flag: '--all', description: 'All active reservations of the run.' },
    { flag: '--reason <text>', description: 'Why, for those who look at the log.' },
  ],
  examples: [
    'release 0b9d1c1e-6a5d-4a0e-9f9e-3c2b8f1d7a10 --run-id agent-7 --json',
    'release --all --run-id agent-7 --reason "handed over to agent-8"',
  ],
  json: [
    'run_id          as given',
    'released        [{reservation_id, release_id, status, addresses}]',
    '                status: ok, or already_released with release_id null',
  ],
  exitCodes: {
    0: 'released, now or before; also --all when there was nothing',
    4: 'there is no such reservation',
    6: 'it is the reservation of another run',
  },
  async run(call) {
    const { flags } = call
    const runId = readRunId(call)
    const isAll = flags.on('all')
    if (isAll === call.arguments.length > 0) {
      throw coordError('ARGUMENTS', 'Name the reservations to release, or give --all; one of the two.')
    }
    const { release } = await import('./release.js')
    const released = await release(await call.session(), {
      runId,
      reservationIds: isAll ? null : call.arguments,
      reason: flags.text('reason') ?? null,
    })
    const lines = released.map(({ reservationId, status, addresses }) =>
      status === 'ok'
        ? `✅ Released ${reservationId} — ${addresses.join(' ')}`
        : `✅ ${reservationId} had been released before`,
    )
    return {
      result: { runId, released },
      text: lines.join('\n') || '(no active reservations of this run)',
    }
  },
})
