import { type CoordRecord, type RecordSource, timeOf } from '../../src/plugin.js'

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
    return end === undefined ? timeOf(record.payload[timeField]) : end
  }
}
