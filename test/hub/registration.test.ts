import { type KeyObject, sign } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { rawPublicKey } from '../../src/auth/public-key.js'
import type { HubContext } from '../../src/hub/context.js'
import { invite } from '../../src/hub/invite.js'
import { registerIdentity } from '../../src/hub/register-identity.js'
import { type StartedHub, startHub } from '../support/start-hub.js'
import { type Answer, challenge, fingerprintOf, newKey, postJson, registerKey, registration } from './key-proof.js'

describe('registration', () => {
  let hub: StartedHub
  let now = 1_745_280_000_000

  beforeAll(async () => {
    hub = await startHub({ clock: { now: () => now } })
  })
  afterAll(() => hub.close())

  const post = (path: string, body: unknown): Promise<Answer> => postJson(hub.url + path, body)
  const register = (handle: string, key: KeyObject): Promise<Answer> => registerKey(hub.url, handle, key)

  it('gives a handle to the key that signs the nonce', async () => {
    const key = newKey()
    const answer = await register('gabriel', key)
    const print = fingerprintOf(key)
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
    const [first, second] = [await challenge(hub.url, key), await challenge(hub.url, key)]
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
    expect((await hub.store.findIdentity('bea'))?.fingerprint).toBe(fingerprintOf(key))
  })

  it('has exactly one winner when many ask for one handle at once', async () => {
    const keys = Array.from({ length: 12 }, newKey)
    const proofs = await Promise.all(keys.map(async (key) => registration('race', key, await challenge(hub.url, key))))
    const answers = await Promise.all(proofs.map((body) => post('/api/auth/verify', body)))
    const winners = answers.filter(({ status }) => status === 200)
    expect(winners).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(11)
    expect((await hub.store.findIdentity('race'))?.fingerprint).toBe(winners[0]?.body.fingerprint)
  })

  it('takes a nonce once', async () => {
    const key = newKey()
    const body = registration('once', key, await challenge(hub.url, key))
    const answers = await Promise.all([post('/api/auth/verify', body), post('/api/auth/verify', body)])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401])
  })

  it('uses a nonce up on a wrong signature', async () => {
    const key = newKey()
    const nonce = await challenge(hub.url, key)
    const wrong = registration('wrong', key, nonce, { signature_b64: Buffer.alloc(64).toString('base64') })
    expect(await post('/api/auth/verify', wrong)).toMatchObject({ status: 401, body: { status: 'unauthorized' } })
    expect((await post('/api/auth/verify', registration('wrong', key, nonce))).body.detail).toContain(
      'nonce is unknown',
    )
    expect(await hub.store.findIdentity('wrong')).toBeNull()
  })

  it('takes a nonce for five minutes', async () => {
    const key = newKey()
    const [early, late] = [await challenge(hub.url, key), await challenge(hub.url, key)]
    now += 299_000
    expect((await post('/api/auth/verify', registration('early', key, early))).status).toBe(200)
    now += 1_000
    const answer = await post('/api/auth/verify', registration('late', key, late))
    expect(answer).toMatchObject({ status: 401, body: { detail: expect.stringContaining('five minutes') } })
  })

  it('takes a nonce from the key that asked for it, and from no other', async () => {
    const nonce = await challenge(hub.url, newKey())
    expect((await post('/api/auth/verify', registration('other', newKey(), nonce))).status).toBe(401)
  })

  it('wants the raw bytes of the nonce signed, not its hex', async () => {
    const key = newKey()
    const nonce = await challenge(hub.url, key)
    const signature = sign(null, Buffer.from(nonce), key).toString('base64')
    expect((await post('/api/auth/verify', registration('hex', key, nonce, { signature_b64: signature }))).status).toBe(
      401,
    )
  })

  it.each<[string, Record<string, unknown>, string]>([
    ['a handle that is a path', { handle: '..' }, 'body.handle'],
    ['a handle with a slash', { handle: 'a/b' }, 'body.handle'],
    ['a handle with a newline', { handle: 'a\n' }, 'body.handle'],
    ['a handle of 257 characters', { handle: 'a'.repeat(257) }, 'body.handle'],
    ['a handle that is an address of the hub', { handle: 'api' }, 'api cannot be used as a handle'],
    ['a handle that looks like one', { handle: 'Metrics' }, 'Metrics cannot be used as a handle'],
    ['a handle that looks like another one’s', { handle: 'L00KED_at.' }, 'it looks like looked-at, which somebody has'],
    [
      'a key that anybody can sign by',
      { public_key_b64: Buffer.alloc(32).toString('base64') },
      'anybody could sign by',
    ],
    ['another algorithm', { algorithm: 'rsa' }, 'body.algorithm'],
    ['a key of 31 bytes', { public_key_b64: Buffer.alloc(31).toString('base64') }, '32 bytes'],
    ['a nonce that is none', { nonce_hex: 'zz' }, 'body.nonce_hex'],
    ['an unknown type', { identity_type: 'god' }, 'body.identity_type'],
    ['no signature', { signature_b64: undefined }, 'signature_b64'],
    ['a number as signature', { signature_b64: 5 }, 'body.signature_b64 must be string'],
  ])('refuses %s with a sentence', async (_, change, detail) => {
    await hub.store.register({ handle: 'looked-at', fingerprint: 'sha256:', publicKey: '', type: 'agent' })
    const key = newKey()
    const answer = await post('/api/auth/verify', registration('fine', key, await challenge(hub.url, key), change))
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
      expect(await registerKey(closed.url, 'newcomer', newKey())).toMatchObject({
        status: 403,
        body: { status: 'forbidden' },
      })
      expect(await closed.store.findIdentity('newcomer')).toBeNull()
      expect((await registerKey(closed.url, 'gabriel', gabriel.privateKey)).status).toBe(200)
    } finally {
      await closed.close()
    }
  })

  it('uses no invitation up where the store fails in the middle of it', async () => {
    const { store, clock } = hub
    await store.createSpace('gabriel', 'let-in')
    const space = { owner: 'gabriel', slug: 'let-in', role: 'write' } as const
    for (const method of ['register', 'setMember'] as const) {
      const { code } = await invite(store, { expiresAt: clock.now() + 60_000, space })
      let isBroken = true
      const failing = new Proxy(store, {
        get(target, name) {
          if (isBroken && name === method) return async () => Promise.reject(new Error('the disk is full'))
          const value = Reflect.get(target, name)
          return typeof value === 'function' ? value.bind(target) : value
        },
      })
      const context = { store: failing, clock, registration: 'closed' } as unknown as HubContext
      const identity = { handle: `by-${method}`, fingerprint: method, publicKey: '', type: 'agent' } as const
      await expect(registerIdentity(context, identity, { code })).rejects.toThrow('the disk is full')
      isBroken = false
      expect(await registerIdentity(context, identity, { code })).toEqual(space)
      await expect(registerIdentity(context, { ...identity, handle: 'another' }, { code })).rejects.toMatchObject({
        code: 'INVITE_REFUSED',
      })
    }
  })

  it('has a limit per address', async () => {
    const strict = await startHub({ limits: { registrationsPerMinute: 2 } })
    try {
      await registerKey(strict.url, 'one', newKey())
      const answer = await fetch(`${strict.url}/api/auth/challenge`, { method: 'POST' })
      expect(answer.status).toBe(429)
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    } finally {
      await strict.close()
    }
  })
})
