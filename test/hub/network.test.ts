import { describe, expect, it } from '@jest/globals'
import { networkOf } from '../../src/hub/network.js'

describe('what an address counts as', () => {
  it.each([
    ['2001:db8:1:2::1', '2001:db8:1:2:ffff:ffff:ffff:ffff', true],
    ['2001:db8:1:2::1', '2001:db8:1:3::1', false],
    ['2001:db8::1', '2001:db8:0:0:5::', true],
    ['::1', '::2', true],
    ['::1', '1::', false],
    ['fe80::1', 'fe80:0:0:0:aa:bb:cc:dd', true],
    ['203.0.113.7', '203.0.113.8', false],
    ['203.0.113.7', '::ffff:203.0.113.7', true],
    ['::ffff:203.0.113.7', '::ffff:203.0.113.8', false],
  ])('%s and %s: one is %s', (one, other, isOne) => {
    expect(networkOf(one) === networkOf(other)).toBe(isOne)
  })
})
