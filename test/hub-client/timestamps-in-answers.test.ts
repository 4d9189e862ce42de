import { describe, it } from '@jest/globals'
import fc from 'fast-check'
import { compileCheck } from '../../src/base/json/validation.js'
import { isTimestamp, timeOf, withZone } from '../../src/base/timestamp.js'
import { pushAnswerSchema } from '../../src/hub-client/answers.js'

const shaped = fc
  .stringMatching(/^\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-6]0(:[0-6]0(\.0{1,3}1?)?)?(Z|[+-][0-2]\d:?[0-6]0)?$/)
  .map((text) => (text.length % 3 === 0 ? text.replace(/T\d\d:\d\d/, 'T24:00') : text))

describe('an answer that names the end of somebody’s lease', () => {
  it('is an answer for whatever end a hub takes from its writer, and for no other', async () => {
    const check = await compileCheck(pushAnswerSchema)
    fc.assert(
      fc.property(shaped, (text) => {
        const expiresAt = withZone(text)
        const holder = { run_id: 'r', token: 1, expires_at: expiresAt }
        const conflicts = [{ kind: 'claim', record_id: 'c', reason: 'held', holder }]
        const isAnswer = check({ inserted: 0, skipped: 0, conflicts }) === null
        if (isTimestamp(text) !== isAnswer) throw new Error(`${text}: ${timeOf(text)}, ${isAnswer}`)
      }),
      { numRuns: 5000 },
    )
  })
})
