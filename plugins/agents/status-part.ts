import type { Session } from '../../src/plugin.js'
import { readUnchecked } from './unchecked.js'

/** What hooks add to `status`: the calls that could not be answered since one was. */
export function readHookStatus(session: Session) {
  const unchecked = readUnchecked(session)
  if (unchecked === null) return { fields: { unchecked }, attention: [] }
  const { count, fault } = unchecked
  const message = `${count} call(s) of the hook went unchecked, so edits may have passed it: ${fault}`
  return { fields: { unchecked }, attention: [{ what: 'edits_unchecked', message, command: 'doctor' }] }
}
