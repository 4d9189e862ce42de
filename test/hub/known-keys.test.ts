import { generateKeyPairSync } from 'node:crypto'
import { expect, it } from '@jest/globals'
import { rawPublicKey } from '../../src/auth/public-key.js'
import { knownKey } from '../../src/hub/known-keys.js'

it('is read once, is the key that its text says, and forgotten beyond a number', () => {
  const raw = rawPublicKey(generateKeyPairSync('ed25519').privateKey)
  const text = raw.toString('base64')
  const first = knownKey(text)
  expect([first?.raw, first && rawPublicKey(first.key)]).toEqual([raw, raw])
  expect(knownKey(text)).toBe(first)
  for (let n = 0; n < 3_000; n++) knownKey(`no key ${n}`)
  expect(knownKey(text)).not.toBe(first)
})

it('is none where it is no key, or one that anybody can sign by', () => {
  const small = Buffer.concat([Buffer.from([1]), Buffer.alloc(31)]).toString('base64')
  for (let n = 0; n < 2; n++) expect([knownKey('x'), knownKey(small)]).toEqual([null, null])
})
