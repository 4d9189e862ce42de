import { coordError, defineCommand, RESUME_OPTION, RUN_ID_OPTION, readRunId, untilText } from '../../src/plugin.js'
import type { Released } from './release.js'

export const releaseCommand = defineCommand({
  name: 'release',
  summary: 'Give reservations back before they lapse.',
  moment: 'done',
  description: `Writes a release for each reservation, named by its id or by all of its addresses. From then on it conflicts with nothing.
To release twice is no error. An id may be shortened to its first characters, four at least.

--force takes it from another run: at once from one that is gone, and for the owner of the space, else from a run of the same
author that is late, at its end. It is logged, and the run that has lost it is told.`,
  arguments: '[reservation...]',
  options: [
    RUN_ID_OPTION,
    RESUME_OPTION,
    { flag: '--all', description: 'All active reservations of the run.' },
    { flag: '--force', description: 'Take it from another run; needs --reason.' },
    { flag: '--reason <text>', description: 'Why, for those who look at the log.' },
  ],
  examples: [
    'release 0b9d1c1e-6a5d-4a0e-9f9e-3c2b8f1d7a10 --run-id agent-7 --json',
    'release src/parser.ts --run-id agent-7',
    'release src/parser.ts --run-id agent-7 --force --reason "agent-3 does not answer"',
    'release --all --run-id agent-7 --reason "handed over to agent-8"',
  ],
  json: [
    'run_id          as given',
    'released        [{reservation_id, release_id, status, addresses, taken_from, believed_until, free_at}]',
    '                status: ok, or already_released with release_id null',
    '                taken_from: with --force the run that had it; believed_until: until when it may go on believing so;',
    '                free_at: when it is free, if not at once',
  ],
  exitCodes: {
    0: 'released, now or before; also --all when there was nothing',
    4: 'there is no such reservation',
    6: 'it is the reservation of another run; with --force: of one that is alive, or of another author',
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
      reservations: isAll ? null : call.arguments,
      reason: flags.text('reason') ?? null,
      force: flags.on('force'),
      resume: flags.on('resume'),
    })
    const lines = released.map(releasedText)
    return {
      result: { runId, released },
      text: lines.join('\n') || '(no active reservations of this run)',
    }
  },
})

function releasedText({ reservationId, status, addresses, takenFrom, believedUntil, freeAt }: Released): string {
  if (status === 'already_released') return `✅ ${reservationId} had been released before`
  const what = `${reservationId} — ${addresses.join(' ')}`
  if (takenFrom === null) return `✅ Released ${what}`
  if (freeAt !== null) return `⚠️  ${takenFrom} has ${what} ${untilText(freeAt)}, and cannot renew it; then it is free`
  const belief = believedUntil === null ? '' : `; it may believe that it has it ${untilText(believedUntil)}`
  return `✅ Took ${what} from ${takenFrom}${belief}`
}
