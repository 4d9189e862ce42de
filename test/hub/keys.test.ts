import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { invite } from '../../src/hub/invite.js'
import { revokeIdentity } from '../../src/hub/revoke-identity.js'
import { createSigner, type Signer, type StartedHub, startHub } from '../support/start-hub.js'
import { challenge, fingerprintOf, keyProof, newKey, registerKey } from './key-proof.js'

const DAY = 86_400_000
const SPACE = '/api/repos/gabriel/a'

/** Sends a signed request but for the end of its body; what is returned sends that, and resolves to the status. */
async function beginBody(signer: Signer, { path, method, body }: { path: string; method: string; body: object }) {
  const text = JSON.stringify(body)
  const { host, hostname, port } = new URL(signer.url)
  const socket = connect(Number(port), hostname)
  const head = [
    `${method} ${path} HTTP/1.1`,
    `host: ${host}`,
    `authorization: ${signer.authorize(path, { method, body: text })}`,
    'content-type: application/json',
    `content-length: ${text.length}`,
    'connection: close',
  ]
  await new Promise<void>((sent) => socket.write(`${head.join('\r\n')}\r\n\r\n${text.slice(0, 5)}`, () => sent()))
  // Until the hub has looked at the header: this request was begun later, on its own connection.
  await signer.fetch(SPACE)
  return async (): Promise<number> => {
    socket.end(text.slice(5))
    let answer = ''
    for await (const chunk of socket) answer += chunk
    return Number(answer.split(' ')[1])
  }
}

describe('keys', () => {
  let hub: StartedHub
  let gabriel: Signer
  let now: number

  beforeEach(async () => {
    now = 1_745_280_000_000
    hub = await startHub({ clock: { now: () => now }, registration: 'closed' })
    gabriel = await hub.register('gabriel')
    await hub.store.createSpace('gabriel', 'a')
  })
  afterEach(() => hub.close())

  const signsAs = (key: Parameters<typeof createSigner>[3]): Signer =>
    createSigner(hub.url, hub.clock, gabriel.identity, key)

  describe('that are rotated', () => {
    async function rotate(signer: Signer, key = newKey(), nonce?: string) {
      const body = keyProof(key, nonce ?? (await challenge(hub.url, key)))
      return { key, answer: await signer.fetch('/api/auth/rotate', { method: 'POST', body }) }
    }

    it('sign from then on, and the old one no more', async () => {
      const { key, answer } = await rotate(gabriel)
      expect(answer.status).toBe(200)
      expect(await answer.json()).toEqual({ handle: 'gabriel', fingerprint: fingerprintOf(key) })
      expect((await signsAs(key).fetch(SPACE)).status).toBe(200)
      expect((await gabriel.fetch(SPACE)).status).toBe(401)
      expect((await hub.store.findIdentity('gabriel'))?.type).toBe('agent')
    })

    it('are not put in the place of each other, so that one that is revoked signs no more', async () => {
      const laptop = newKey()
      const { publicKey, fingerprint } = {
        fingerprint: fingerprintOf(laptop),
        publicKey: keyProof(laptop, '').public_key_b64,
      }
      await hub.store.addDevice('gabriel', { publicKey, fingerprint, label: 'laptop', addedAt: now })
      const { answer } = await rotate(gabriel, laptop)
      expect([answer.status, await answer.json()]).toEqual([
        400,
        expect.objectContaining({ detail: expect.stringContaining('signs for gabriel already') }),
      ])
      expect((await gabriel.fetch(`/api/auth/keys/${fingerprint}`, { method: 'DELETE' })).status).toBe(200)
      expect((await signsAs(laptop).fetch(SPACE)).status).toBe(401)
      expect((await gabriel.fetch(SPACE)).status).toBe(200)
    })

    it('write nothing by a body that was under way, nor does one that was revoked meanwhile', async () => {
      const records = [{ kind: 'task', record_id: 't1', run_id: 'r1', payload: {}, expires_at: null }]
      const pushing = { path: '/gabriel/a/coord/push', method: 'POST', body: { records } }
      const opening = { path: SPACE, method: 'PUT', body: { visibility: 'public' } }
      const slow = await Promise.all([pushing, opening].map((request) => beginBody(gabriel, request)))
      const { key } = await rotate(gabriel)
      const successor = signsAs(key)
      slow.push(...(await Promise.all([pushing, opening].map((request) => beginBody(successor, request)))))
      expect((await successor.fetch('/api/auth/revoke', { method: 'POST' })).status).toBe(200)
      expect(await Promise.all(slow.map((finish) => finish()))).toEqual([401, 401, 401, 401])
      const space = await hub.store.findSpace('gabriel', 'a')
      expect(space?.visibility).toBe('private')
      expect(await hub.store.since(space as never, { sinceId: 0, limit: 1, kinds: [] })).toMatchObject({ lastId: 0 })
    })

    it('must be proven', async () => {
      const [wanted, other] = [newKey(), newKey()]
      const nonce = await challenge(hub.url, wanted)
      const body = { ...keyProof(wanted, nonce), signature_b64: keyProof(other, nonce).signature_b64 }
      expect((await gabriel.fetch('/api/auth/rotate', { method: 'POST', body })).status).toBe(401)
      expect((await rotate(gabriel, other, await challenge(hub.url, wanted))).answer.status).toBe(401)
      expect((await gabriel.fetch(SPACE)).status).toBe(200)
    })

    it('are rotated by their owner alone', async () => {
      expect((await rotate(signsAs(newKey()))).answer.status).toBe(401)
      const unsigned = await fetch(`${hub.url}/api/auth/rotate`, { method: 'POST' })
      expect(unsigned.status).toBe(401)
    })

    it('have one successor when two are asked for at once', async () => {
      const answers = await Promise.all([rotate(gabriel), rotate(gabriel), rotate(gabriel)])
      const done = answers.filter(({ answer }) => answer.status === 200)
      expect(done).toHaveLength(1)
      expect((await hub.store.findIdentity('gabriel'))?.fingerprint).toBe(fingerprintOf(done[0]?.key as never))
    })
  })

  describe('that are revoked', () => {
    it('sign nothing any more, and the handle stays taken', async () => {
      const answer = await gabriel.fetch('/api/auth/revoke', { method: 'POST' })
      expect(await answer.json()).toEqual({ handle: 'gabriel', revoked_fingerprint: gabriel.identity.fingerprint })
      expect((await gabriel.fetch(SPACE)).status).toBe(401)
      for (const key of [gabriel.privateKey, newKey()]) {
        expect((await registerKey(hub.url, 'gabriel', key)).status).toBe(403)
      }
      const { code } = await invite(hub.store, { handle: null, expiresAt: now + DAY })
      expect(await registerKey(hub.url, 'gabriel', newKey(), { invite: code })).toMatchObject({ status: 409 })
    })

    it('are revoked by the operator at once', async () => {
      await revokeIdentity(hub.store, 'gabriel')
      expect((await gabriel.fetch(SPACE)).status).toBe(401)
      await expect(revokeIdentity(hub.store, 'nobody')).rejects.toMatchObject({ status: 'not_found' })
    })

    it('are revoked once by one signature: played again it ends no key that signs anew', async () => {
      const device = newKey()
      const print = fingerprintOf(device)
      const addDevice = async () => {
        const { code } = await invite(hub.store, { handle: 'gabriel', expiresAt: now + DAY, isDevice: true })
        expect((await registerKey(hub.url, 'gabriel', device, { invite: code })).status).toBe(200)
      }
      const remove = { path: `/api/auth/keys/${print}`, method: 'DELETE' }
      const revoke = { path: '/api/auth/revoke', method: 'POST' }
      const signed = new Map([remove, revoke].map((one) => [one, gabriel.authorize(one.path, { method: one.method })]))
      const play = async (one: typeof remove) => {
        const headers = { authorization: signed.get(one) as string }
        const answer = await fetch(hub.url + one.path, { method: one.method, headers })
        return [answer.status, ((await answer.json()) as { status?: string }).status]
      }
      await addDevice()
      expect(await play(remove)).toEqual([200, undefined])
      await addDevice()
      expect(await play(remove)).toEqual([401, 'signature_used'])
      expect(await play(revoke)).toEqual([200, undefined])
      const { code } = await invite(hub.store, { handle: 'gabriel', expiresAt: now + DAY })
      expect((await registerKey(hub.url, 'gabriel', gabriel.privateKey, { invite: code })).status).toBe(200)
      expect(await play(revoke)).toEqual([401, 'signature_used'])
      for (const key of [gabriel.privateKey, device]) expect((await signsAs(key).fetch(SPACE)).status).toBe(200)
    })

    it('have a successor when the operator invites one', async () => {
      await revokeIdentity(hub.store, 'gabriel')
      const { code } = await invite(hub.store, { handle: 'gabriel', expiresAt: now + DAY })
      const key = newKey()
      expect((await registerKey(hub.url, 'gabriel', key, { invite: code })).status).toBe(200)
      expect((await signsAs(key).fetch(SPACE)).status).toBe(200)
    })
  })

  describe('that were invited', () => {
    it('register where registration is closed, once', async () => {
      const { code, expiresAt } = await invite(hub.store, { handle: null, expiresAt: now + DAY })
      expect(expiresAt).toBe(new Date(now + DAY).toISOString())
      expect((await registerKey(hub.url, 'ada', newKey(), { invite: code })).status).toBe(200)
      expect(await registerKey(hub.url, 'bea', newKey(), { invite: code })).toMatchObject({
        status: 403,
        body: { detail: expect.stringContaining('invitation is unknown, used') },
      })
    })

    it('register for the handle that was meant, and for no other', async () => {
      const { code } = await invite(hub.store, { handle: 'ada', expiresAt: now + DAY })
      expect((await registerKey(hub.url, 'bea', newKey(), { invite: code })).status).toBe(403)
      expect((await registerKey(hub.url, 'ada', newKey(), { invite: code })).status).toBe(200)
    })

    it('register in time', async () => {
      const { code } = await invite(hub.store, { handle: null, expiresAt: now + DAY })
      now += DAY
      expect((await registerKey(hub.url, 'ada', newKey(), { invite: code })).status).toBe(403)
    })

    it('do not use the invitation up on a handle that is taken', async () => {
      const { code } = await invite(hub.store, { handle: null, expiresAt: now + DAY })
      expect((await registerKey(hub.url, 'gabriel', newKey(), { invite: code })).status).toBe(409)
      expect((await registerKey(hub.url, 'ada', newKey(), { invite: code })).status).toBe(200)
    })

    it('are one when many use the invitation at once', async () => {
      const { code } = await invite(hub.store, { handle: null, expiresAt: now + DAY })
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, index) => registerKey(hub.url, `agent-${index}`, newKey(), { invite: code })),
      )
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    })

    it.each(['', 'wrong', 'x'.repeat(129)])('are not those with the code "%s"', async (code) => {
      expect((await registerKey(hub.url, 'ada', newKey(), { invite: code })).status).toBeGreaterThanOrEqual(400)
      expect(await hub.store.findIdentity('ada')).toBeNull()
    })
  })

  it('have no secret of theirs in the store', async () => {
    const { code } = await invite(hub.store, { handle: null, expiresAt: now + DAY })
    expect(await hub.store.takeInvite(code)).toBeNull()
  })
})
