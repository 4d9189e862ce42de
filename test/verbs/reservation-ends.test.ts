import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { readReservationEnds } from '../../plugins/reserving/reservation-ends.js'
import type { RecordSource, SeenRecord } from '../../src/plugin.js'

const START = Date.parse('2026-03-18T12:00:00Z')
const time = (minute: number) => new Date(START + minute * 60_000).toISOString()

interface Beat {
  readonly minute: number
  readonly until: number
  /** Whether other programs wrote it, in a file of the reservation's own. */
  readonly isForeign: boolean
}

const minute = fc.integer({ min: 0, max: 600 })
const beats = fc.uniqueArray(fc.record({ minute, until: minute, isForeign: fc.boolean() }), {
  selector: (beat: Beat) => beat.minute,
  maxLength: 8,
})
const releases = fc.array(fc.record({ minute, run: fc.constantFrom('a', 'b', '') }), { maxLength: 3 })

describe('the end of a reservation', () => {
  it('is the later of its expiry and what its latest heartbeat says, or its release by its own run if that is before', () => {
    fc.assert(
      fc.property(minute, beats, releases, fc.boolean(), (expiry, beatList, releaseList, isForeignRun) => {
        const reservation = record('reservation', 'r', 'a', {}, time(expiry))
        const runId = isForeignRun ? 'b' : 'a'
        const source = sourceOf({
          heartbeat: beatList.length === 0 ? [] : [heartbeats(runId, beatList)],
          release: releaseList.map(({ minute: at, run }, index) =>
            record('release', `x${index}`, run, { reservation_id: 'r', released_at: time(at) }, null),
          ),
        })
        const latest = isForeignRun ? undefined : [...beatList].sort((one, other) => other.minute - one.minute)[0]
        const end = Math.max(expiry, latest?.until ?? 0)
        const own = releaseList.filter(({ run }) => run !== 'b').map(({ minute: at }) => at)
        expect(readReservationEnds(source)(reservation)).toMatchObject({
          until: Date.parse(time(Math.min(end, ...own))),
          isReleased: own.length > 0,
          isTaken: false,
        })
      }),
      { numRuns: 500 },
    )
  })

  it('does not come by itself where the reservation tells of none', () => {
    const source = sourceOf({ heartbeat: [heartbeats('a', [{ minute: 1, until: 2, isForeign: false }])], release: [] })
    const endOf = readReservationEnds(source)
    expect(endOf(record('reservation', 'r', 'a', {}, null))).toMatchObject({ until: null, isReleased: false })
  })
})

/** The heartbeats of a run as the view shows them: one record with the rest behind it. */
function heartbeats(runId: string, list: readonly Beat[]): SeenRecord {
  const [first, ...rest] = list.map(({ minute: at, until, isForeign }) => {
    const said = isForeign
      ? { reservation_id: 'r', extended_expires_at: time(until) }
      : { reservations: { r: time(until), other: time(600) }, expires_at: time(600) }
    return record('heartbeat', runId, runId, { last_beat_at: time(at), ...said }, null)
  })
  return { ...(first as SeenRecord), shadowed: rest }
}

function record(
  kind: string,
  recordId: string,
  runId: string,
  payload: SeenRecord['payload'],
  expiresAt: string | null,
): SeenRecord {
  const origin = { id: null, author: null, token: null, receivedAt: null }
  return { kind, recordId, runId, payload, expiresAt, ...origin, lapsed: false, lapsesAt: null, shadowed: [] }
}

function sourceOf(records: Readonly<Record<string, readonly SeenRecord[]>>): RecordSource {
  const entries: RecordSource['entries'] = (kind) => records[kind] ?? []
  const named: RecordSource['named'] = (kind, recordId) => entries(kind).find((one) => one.recordId === recordId)
  return {
    entries,
    named,
    namedAll: (kind, recordIds) =>
      new Map(entries(kind).flatMap((one) => (recordIds.includes(one.recordId) ? [[one.recordId, one]] : []))),
    endOf: () => undefined,
    mayEnd: (own, by) => by.runId === own.runId || by.runId === '',
    now: 0,
  }
}
