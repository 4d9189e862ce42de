import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import { check, openSession } from '../../src/index.js'
import { workspaceAt } from '../workspace/workspace-at.js'

const HUB = 'https://hub.example.com'

/** A store of a space that gabriel owns, and who looks at it. */
async function spaceOfGabriel() {
  const test = await workspaceAt()
  const as = (handle: string) =>
    openSession({
      ...{ directory: test.root, env: {}, clock: test.clock, hub: HUB, owner: 'gabriel', slug: 'repo' },
      identity: {
        ...{ host: 'hub.example.com', handle, type: 'agent', fingerprint: '', keyPath: '' },
        privateKey: generateKeyPairSync('ed25519').privateKey,
      },
    })
  const fields = {
    addresses: ['src/a.ts'],
    created_at: '2026-03-18T11:00:00Z',
    expires_at: '2026-03-18T20:00:00Z',
  }
  const reservation = (recordId: string, author: string | null, runId = 'agent-1') => {
    const payload = { reservation_id: recordId, run_id: runId, ...fields }
    if (author === null) test.put(`reservations/${recordId}.json`, payload)
    else {
      const record = { kind: 'reservation', record_id: recordId, run_id: runId, author }
      test.pulled({ ...record, payload, expires_at: fields.expires_at })
    }
  }
  const release = (reservationId: string, author: string, more: object = {}) => {
    const recordId = `release-by-${author}`
    const payload = {
      ...{ release_id: recordId, run_id: 'agent-1', reservation_id: reservationId },
      ...{ released_at: '2026-03-18T11:30:00Z', ...more },
    }
    const run_id = payload.run_id
    test.pulled({ kind: 'release', record_id: recordId, run_id, author, payload })
  }
  const isFree = async (handle = 'alice') => check(await as(handle), { addresses: ['src/a.ts'] }).status !== 'held'
  return { ...test, as, reservation, release, isFree }
}

describe('who may end what a run holds', () => {
  it('is not somebody else who bears its name', async () => {
    const { reservation, release, isFree } = await spaceOfGabriel()
    reservation('r1', 'alice')
    release('r1', 'bob')
    expect(await isFree()).toBe(false)
    expect(await isFree('bob')).toBe(false)
  })

  it('is its author', async () => {
    const { reservation, release, isFree } = await spaceOfGabriel()
    reservation('r1', 'alice')
    release('r1', 'alice')
    expect(await isFree('bob')).toBe(true)
  })

  it('is the owner of the space, under whatever name', async () => {
    const { reservation, release, isFree } = await spaceOfGabriel()
    reservation('r1', 'alice')
    release('r1', 'gabriel', { run_id: 'somebody' })
    expect(await isFree()).toBe(true)
  })

  it('is for what the store itself wrote the one who signs here', async () => {
    const { reservation, release, isFree } = await spaceOfGabriel()
    reservation('r1', null)
    release('r1', 'bob')
    expect(await isFree('alice')).toBe(false)
    // The same files, and another identity: what was found out before does not stay.
    expect(await isFree('bob')).toBe(true)
    expect(await isFree('alice')).toBe(false)
  })

  it('is anybody of that name where no hub tells authors', async () => {
    const { reservation, put, isFree } = await spaceOfGabriel()
    reservation('r1', null)
    put('releases/x.json', {
      release_id: 'x',
      run_id: 'agent-1',
      reservation_id: 'r1',
      released_at: '2026-03-18T11:30:00Z',
    })
    expect(await isFree()).toBe(true)
  })
})
