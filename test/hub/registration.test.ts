import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { fingerprint, rawPublicKey } from '../../src/auth/public-key.js'
import { type StartedHub, startHub } from '../support/start-hub.js'

interface Answer {
  status: number
  body: Record<string, unknown>
}

describe('registration', () => {
  let hub: StartedHub
  let now = 1_745_280_000_000

  beforeAll(async () => {
    hub = await startHub({ clock: { now: () => now } })
  })
  afterAll(() => hub.close())

  async function post(path: string, body: unknown, at = hub): Promise<Answer> {
    const answer = await fetch(at.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
  }

  const newKey = () => generateKeyPairSync('ed25519').privateKey

  async function challenge(key: KeyObject, at = hub): Promise<string> {
    const { status, body } = await post(
      '/api/auth/challenge',
      { fingerprint: fingerprint(rawPublicKey(key)), algorithm: 'ed25519' },
      at,
    )
    expect({ status, body }).toEqual({ status: 200, body: { nonce_hex: expect.any(String), expires_in: 300 } })
    return body.nonce_hex as string
  }

  function proof(handle: string, key: KeyObject, nonceHex: string, change: Record<string, unknown> = {}) {
    return {
      handle,
      algorithm: 'ed25519',
      public_key_b64: rawPublicKey(key).toString('base64'),
      nonce_hex: nonceHex,
      signature_b64: sign(null, Buffer.from(nonceHex, 'hex'), key).toString('base64'),
      identity_type: 'agent',
      ...change,
    }
  }

  async function register(handle: string, key: KeyObject, at = hub): Promise<Answer> {
    return post('/api/auth/verify', proof(handle, key, await challenge(key, at)), at)
  }

  it('gives a handle to the key that signs the nonce', async () => {
    const key = newKey()
    const answer = await register('gabriel', key)
    const print = fingerprint(rawPublicKey(key))
    expect(answer).toEqual({ status: 200, body: { handle: 'gabriel', fingerprint: print, identity_type: 'agent' } })
    expect(await hub.store.findIdentity('gabriel')).toEqual({
      handle: 'gabriel',
      fingerprint: print,
      publicKey: rawPublicKey(key).toString('base64'),
      type: 'agent',
    })
  })

  it('makes another nonce of 32 bytes each time', async () => {
    const key = newKey()
    const [first, second] = [await challenge(key), await challenge(key)]
    expect(first).toMatch(/^[0-9a-f]{64}$/)
    expect(second).not.toBe(first)
  })

  it('says yes again to the key that has the handle', async () => {
    const key = newKey()
    expect((await register('ada', key)).status).toBe(200)
    expect((await register('ada', key)).status).toBe(200)
  })

  it('refuses a handle that belongs to another key', async () => {
    const key = newKey()
    await register('bea', key)
    const answer = await register('bea', newKey())
    expect(answer).toMatchObject({ status: 409, body: { status: 'conflict' } })
    expect(answer.body.detail).toContain('bea belongs to another key')
    expect((await hub.store.findIdentity('bea'))?.fingerprint).toBe(fingerprint(rawPublicKey(key)))
  })

  it('has exactly one winner when many ask for one handle at once', async () => {
    const keys = Array.from({ length: 12 }, newKey)
    const proofs = await Promise.all(keys.map(async (key) => proof('race', key, await challenge(key))))
    const answers = await Promise.all(proofs.map((body) => post('/api/auth/verify', body)))
    const winners = answers.filter(({ status }) => status === 200)
    expect(winners).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(11)
    expect((await hub.store.findIdentity('race'))?.fingerprint).toBe(winners[0]?.body.fingerprint)
  })

  it('takes a nonce once', async () => {
    const key = newKey()
    const body = proof('once', key, await challenge(key))
    const answers = await Promise.all([post('/api/auth/verify', body), post('/api/auth/verify', body)])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401])
  })

  it('uses a nonce up on a wrong signature', async () => {
    const key = newKey()
    const nonce = await challenge(key)
    const wrong = proof('wrong', key, nonce, { signature_b64: Buffer.alloc(64).toString('base64') })
    expect(await post('/api/auth/verify', wrong)).toMatchObject({ status: 401, body: { status: 'unauthorized' } })
    expect((await post('/api/auth/verify', proof('wrong', key, nonce))).body.detail).toContain('nonce is unknown')
    expect(await hub.store.findIdentity('wrong')).toBeNull()
  })

  it('takes a nonce for five minutes', async () => {
    const key = newKey()
    const [early, late] = [await challenge(key), await challenge(key)]
    now += 299_000
    expect((await post('/api/auth/verify', proof('early', key, early))).status).toBe(200)
    now += 1_000
    const answer = await post('/api/auth/verify', proof('late', key, late))
    expect(answer).toMatchObject({ status: 401, body: { detail: expect.stringContaining('five minutes') } })
  })

  it('takes a nonce from the key that asked for it, and from no other', async () => {
    const nonce = await challenge(newKey())
    expect((await post('/api/auth/verify', proof('other', newKey(), nonce))).status).toBe(401)
  })

  it('wants the raw bytes of the nonce signed, not its hex', async () => {
    const key = newKey()
    const nonce = await challenge(key)
    const signature = sign(null, Buffer.from(nonce), key).toString('base64')
    expect((await post('/api/auth/verify', proof('hex', key, nonce, { signature_b64: signature }))).status).toBe(401)
  })

  it.each<[string, Record<string, unknown>, string]>([
    ['a handle that is a path', { handle: '..' }, 'body.handle'],
    ['a handle with a slash', { handle: 'a/b' }, 'body.handle'],
    ['a handle with a newline', { handle: 'a\n' }, 'body.handle'],
    ['a handle of 257 characters', { handle: 'a'.repeat(257) }, 'body.handle'],
    ['a handle that is an address of the hub', { handle: 'api' }, 'api cannot be used as a handle'],
    ['another algorithm', { algorithm: 'rsa' }, 'body.algorithm'],
    ['a key of 31 bytes', { public_key_b64: Buffer.alloc(31).toString('base64') }, '32 bytes'],
    ['a nonce that is none', { nonce_hex: 'zz' }, 'body.nonce_hex'],
    ['an unknown type', { identity_type: 'god' }, 'body.identity_type'],
    ['no signature', { signature_b64: undefined }, 'signature_b64'],
    ['a number as signature', { signature_b64: 5 }, 'body.signature_b64 must be string'],
  ])('refuses %s with a sentence', async (_, change, detail) => {
    const key = newKey()
    const answer = await post('/api/auth/verify', proof('fine', key, await challenge(key), change))
    expect(answer).toMatchObject({ status: 400, body: { status: 'bad_args', detail: expect.stringContaining(detail) } })
  })

  it.each([
    ['no fingerprint', { algorithm: 'ed25519' }],
    ['a fingerprint in upper case', { fingerprint: `sha256:${'A'.repeat(64)}`, algorithm: 'ed25519' }],
    ['another algorithm', { fingerprint: `sha256:${'a'.repeat(64)}`, algorithm: 'rsa' }],
  ])('gives no nonce for %s', async (_, body) => {
    expect(await post('/api/auth/challenge', body)).toMatchObject({ status: 400, body: { status: 'bad_args' } })
  })

  it('refuses newcomers where it is closed, and says yes to who is in', async () => {
    const closed = await startHub({ registration: 'closed' })
    try {
      const gabriel = await closed.register('gabriel')
      expect(await register('newcomer', newKey(), closed)).toMatchObject({ status: 403, body: { status: 'forbidden' } })
      expect(await closed.store.findIdentity('newcomer')).toBeNull()
      expect((await register('gabriel', gabriel.privateKey, closed)).status).toBe(200)
    } finally {
      await closed.close()
    }
  })

  it('has a limit per address', async () => {
    const strict = await startHub({ limits: { registrationsPerMinute: 2 } })
    try {
      await register('one', newKey(), strict)
      const answer = await fetch(`${strict.url}/api/auth/challenge`, { method: 'POST' })
      expect(answer.status).toBe(429)
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    } finally {
      await strict.close()
    }
  })
})
