import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import {
  assertFresh,
  parseAuthorization,
  type SignedRequest,
  signedHost,
  signingText,
  signRequest,
  verifySignature,
} from '../../src/auth/msign.js'
import { decodePublicKey, fingerprint, importPublicKey, rawPublicKey } from '../../src/auth/public-key.js'

// RFC 8032, 7.1, test 1.
const SECRET = '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60'
const PUBLIC = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a'
const PKCS8_PREFIX = '302e020100300506032b657004220420'
const privateKey = createPrivateKey({
  key: Buffer.from(PKCS8_PREFIX + SECRET, 'hex'),
  format: 'der',
  type: 'pkcs8',
})
const publicKey = importPublicKey(Buffer.from(PUBLIC, 'hex'))

const GET: SignedRequest = {
  method: 'GET',
  host: 'staging.musehub.ai',
  target: '/api/v1/repos?cursor=abc&limit=20',
  timestamp: 1745280000,
  body: '',
}
const POST: SignedRequest = {
  method: 'POST',
  host: 'localhost:1337',
  target: '/gabriel/muse/coord/push',
  timestamp: 1745280000,
  body: '{"records":[]}',
}
const GET_SIGNATURE = 'sQMOh61104JXDmkhXU1XLqIEgBkLP-7y46FS9-mlqwYrAFtPYs1ymNVMIdslJknaOJ0d5kn3aR1geyhsjObTCw'
const POST_SIGNATURE = 'rf2nSZHYN64GgySJuhdU3bFbe9FverHQy0G9_mTq5PhgEqBLg4JvRBm5FfuW19Y9ms7W2E40fV4Vy0WioG4qCA'

describe('MSign signatures', () => {
  it.each([
    ['a GET without body', GET, GET_SIGNATURE],
    ['a POST with body', POST, POST_SIGNATURE],
  ])('signs %s as the published vector says', (_, request, signature) => {
    expect(signRequest(request, 'gabriel', privateKey)).toBe(
      `MSign handle="gabriel" alg="ed25519" ts=1745280000 sig="${signature}"`,
    )
    expect(verifySignature(request, Buffer.from(signature, 'base64url'), publicKey)).toBe(true)
  })

  it('signs a text of six lines', () => {
    expect(signingText(GET).split('\n')).toEqual([
      'ed25519',
      'GET',
      'staging.musehub.ai',
      '/api/v1/repos?cursor=abc&limit=20',
      '1745280000',
      'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    ])
  })

  it.each<[string, Partial<SignedRequest>]>([
    ['method', { method: 'PUT' }],
    ['host', { host: 'localhost:1338' }],
    ['path', { target: '/gabriel/other/coord/push' }],
    ['time', { timestamp: 1745280001 }],
    ['body', { body: '{"records":[] }' }],
  ])('is worth nothing for another %s', (_, change) => {
    expect(verifySignature({ ...POST, ...change }, Buffer.from(POST_SIGNATURE, 'base64url'), publicKey)).toBe(false)
  })

  it('is worth nothing under another key', () => {
    const other = generateKeyPairSync('ed25519').publicKey
    expect(verifySignature(POST, Buffer.from(POST_SIGNATURE, 'base64url'), other)).toBe(false)
  })

  it('reads back whatever it signed', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,20}$/),
        fc.integer({ min: 0, max: 999_999_999_999 }),
        fc.uint8Array(),
        (handle, timestamp, body) => {
          const request = { ...POST, timestamp, body }
          const parsed = parseAuthorization(signRequest(request, handle, privateKey))
          expect(parsed.handle).toBe(handle)
          expect(parsed.timestamp).toBe(timestamp)
          expect(verifySignature(request, parsed.signature, publicKey)).toBe(true)
        },
      ),
      { numRuns: 50 },
    )
  })
})

describe('the Authorization header', () => {
  const good = signRequest(POST, 'gabriel', privateKey)

  it.each([
    ['another scheme', 'Bearer abc', 'not MSign'],
    ['nothing at all', '', 'not MSign'],
    ['no parameters', 'MSign', 'handle is missing'],
    ['a parameter twice', `${good} handle="eve"`, 'handle stands twice'],
    ['a time twice', `${good} ts=1`, 'ts stands twice'],
    ['an unknown parameter', `${good} v="2"`, 'no parameter of MSign'],
    ['another algorithm', good.replace('ed25519', 'none'), '"none" is not ed25519'],
    ['a time that is no number', good.replace('1745280000', '1e9'), 'no parameter of MSign'],
    ['a time below zero', good.replace('1745280000', '-5'), 'no parameter of MSign'],
    ['a time too long for a number', good.replace('1745280000', '1'.repeat(40)), 'no parameter of MSign'],
    ['a handle with a slash', good.replace('gabriel', '../x'), 'no handle'],
    ['no signature', good.replace(/ sig=.*/, ''), 'sig is missing'],
    ['a short signature', good.replace(/sig=".*"/, 'sig="abc"'), '64 bytes'],
    ['a padded signature', good.replace(/"$/, '=="'), '64 bytes'],
    ['a signature in plain base64', good.replace(POST_SIGNATURE, `${'+/'.repeat(43)}`), '64 bytes'],
  ])('is refused with %s', (_, header, problem) => {
    expect(() => parseAuthorization(header)).toThrow(problem)
  })

  it('takes any case of the scheme and any order of its parameters', () => {
    const [, handle, algorithm, time, signature] = good.split(' ')
    expect(parseAuthorization(`msign ${signature} ${time}  ${algorithm} ${handle}`).handle).toBe('gabriel')
  })
})

describe('the time of a signature', () => {
  const now = 1745280000_500

  it.each([-30, -1, 0, 1, 30])('may be %i s from the clock of the hub', (offset) => {
    expect(() => assertFresh(1745280000 + offset, now)).not.toThrow()
  })

  it.each([
    [-31, 'behind'],
    [31, 'ahead of'],
    [-86400, 'behind'],
  ])('may not be %i s from it', (offset, side) => {
    expect(() => assertFresh(1745280000 + offset, now)).toThrow(`s ${side} this hub’s clock`)
  })
})

describe('the signed host', () => {
  it.each([
    ['LocalHost:1337', 'http', 'localhost:1337'],
    ['hub.example.com:443', 'https', 'hub.example.com'],
    ['hub.example.com:443', 'http', 'hub.example.com:443'],
    ['hub.example.com:80', 'http', 'hub.example.com'],
    ['hub.example.com:8080', 'http', 'hub.example.com:8080'],
    ['[::1]:80', 'http', '[::1]'],
    ['[::1]:1337', 'http', '[::1]:1337'],
  ] as const)('of %s over %s is %s', (host, scheme, signed) => {
    expect(signedHost(host, scheme)).toBe(signed)
  })
})

describe('public keys', () => {
  const raw = Buffer.from(PUBLIC, 'hex')

  it('come out of either half of a pair as the same 32 bytes', () => {
    expect(rawPublicKey(privateKey)).toEqual(raw)
    expect(rawPublicKey(publicKey)).toEqual(raw)
  })

  it('are named by the hash of their raw bytes', () => {
    expect(fingerprint(raw)).toBe('sha256:21fe31dfa154a261626bf854046fd2271b7bed4b6abe45aa58877ef47f9721b9')
  })

  it('travel as canonical base64 of 32 bytes and as nothing else', () => {
    const text = raw.toString('base64')
    expect(decodePublicKey(text)).toEqual(raw)
    for (const bad of ['', text.slice(0, -1), `${text}=`, `${text}\n`, raw.toString('hex'), text.replace('=', 'A')]) {
      expect(decodePublicKey(bad)).toBeNull()
    }
    expect(() => importPublicKey(raw.subarray(1))).toThrow('32 bytes')
  })
})
