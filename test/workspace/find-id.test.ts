import { describe, expect, it } from '@jest/globals'
import { findId } from '../../src/workspace/find-id.js'

const IDS = ['build', 'build-docs', '7f3a9c10-aaaa', '7f3a9c10-bbbb', '90d1e2f3-cccc']

describe('findId', () => {
  it.each([
    ['build', 'build'],
    ['90d1e2f3-cccc', '90d1e2f3-cccc'],
    ['90d1', '90d1e2f3-cccc'],
    ['90d1e2…', '90d1e2f3-cccc'],
    ['7f3a9c10-b…', '7f3a9c10-bbbb'],
  ])('takes %s for %s', (typed, id) => {
    expect(findId('task', typed, IDS)).toBe(id)
  })

  it.each([
    ['90d', 'RECORD_UNKNOWN'],
    ['90d…', 'RECORD_UNKNOWN'],
    ['…', 'RECORD_UNKNOWN'],
    ['biuld', 'RECORD_UNKNOWN'],
    ['7f3a9c', 'RECORD_AMBIGUOUS'],
    ['7f3a9c10-…', 'RECORD_AMBIGUOUS'],
  ])('does not guess what %s may be', (typed, code) => {
    expect(() => findId('task', typed, IDS)).toThrow(expect.objectContaining({ code }))
  })

  it('names the ones that it could be, or the one that is spelt nearly so', () => {
    expect(() => findId('task', '7f3a', IDS)).toThrow('7f3a9c10-aaaa, 7f3a9c10-bbbb')
    expect(() => findId('task', 'biuld', IDS)).toThrow('build')
  })
})
