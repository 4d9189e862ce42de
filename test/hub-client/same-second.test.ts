import { describe, expect, it } from '@jest/globals'
import type { Identity } from '../../src/auth/identity-file.js'
import { openSession } from '../../src/open-session.js'
import { setRole } from '../../src/workspace/space.js'
import { cleanUp } from '../support/clean-up.js'
import { createMachine } from '../support/machine.js'
import { startHub } from '../support/start-hub.js'

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
