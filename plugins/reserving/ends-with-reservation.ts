import { type CoordRecord, isTimestamp, type RecordSource } from '../../src/plugin.js'

/**
 * For records that are about a reservation and are over when it is.
 *
 * @param reservationOf the id of the reservation that a record is about
 * @param timeField the payload's field that tells when the record was written: its end where the reservation is gone
 */
export function endsWithReservation(
  reservationOf: (record: CoordRecord) => string,
  timeField: string,
): (records: RecordSource) => (record: CoordRecord) => number | null {
  return (records) => (record) => {
    const end = records.endOf('reservation', reservationOf(record))
    if (end !== undefined) return end
    const writtenAt = record.payload[timeField]
    return isTimestamp(writtenAt) ? Date.parse(writtenAt) : null
  }
}
