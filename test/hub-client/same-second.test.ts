import { describe, expect, it } from '@jest/globals'
import type { Identity } from '../../src/auth/identity-file.js'
import { openSession } from '../../src/open-session.js'
import { setRole } from '../../src/workspace/space.js'
import { cleanUp } from '../support/clean-up.js'
import { createMachine } from '../support/machine.js'
import { startHub } from '../support/start-hub.js'

describe('a signature for administration that is older than the hub runs', () => {
  it('acts no more, for the store may have been set back since; whose clock is behind signs by that of the hub', async () => {
    const now = Date.parse('2031-05-05T05:05:05Z')
    const hub = await startHub({ clock: { now: () => now } })
    cleanUp(() => hub.close())
    const gabriel = await hub.register('gabriel')
    await hub.register('mary')
    await hub.store.createSpace('gabriel', 'muse')
    const put = { method: 'PUT', body: '{"role":"write"}' }
    const path = '/api/repos/gabriel/muse/members/mary'
    const refused = await gabriel.fetch(path, { ...put, at: now / 1000 - 1 })
    expect([refused.status, await refused.json()]).toMatchObject([401, { status: 'signature_used' }])
    const { root } = await createMachine({ hub: hub.url })
    const identity: Identity = { host: '', keyPath: '', ...gabriel.identity, privateKey: gabriel.privateKey }
    for (const behind of [0, 8, 25]) {
      const clock = { now: () => now - behind * 1000 }
      const session = await openSession({ directory: root, env: {}, clock, identity })
      expect(await setRole(session, 'mary', behind === 8 ? null : 'write')).toMatchObject({ handle: 'mary' })
    }
  })
})

describe('an owner who says the same twice within a second', () => {
  it('is heard both times, though a signature acts once', async () => {
    const clock = { now: () => Date.parse('2031-05-05T05:05:05Z') }
    const hub = await startHub({ clock })
    cleanUp(() => hub.close())
    const gabriel = await hub.register('gabriel')
    await hub.register('mary')
    const space = await hub.store.createSpace('gabriel', 'muse')
    const { root } = await createMachine({ hub: hub.url })
    const { privateKey } = gabriel
    const identity: Identity = { host: '', keyPath: '', ...gabriel.identity, privateKey }
    const session = await openSession({ directory: root, env: {}, clock, identity })
    for (const role of ['write', null, 'write', null, 'write'] as const) {
      expect(await setRole(session, 'mary', role)).toMatchObject({ handle: 'mary', role })
      expect((await hub.store.members(space)).get('mary') ?? null).toBe(role)
    }
  })
})
