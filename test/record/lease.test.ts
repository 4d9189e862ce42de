import { describe, expect, it } from '@jest/globals'
import { LAST_REVISION } from '../../src/record/lease-numbers.js'
import { lease } from '../../src/record/merge/lease.js'
import type { Asker, Incoming, Ruling, Seen, Stored } from '../../src/record/merge/rule.js'

const NOON = Date.parse('2026-03-18T12:00:00Z')
const at = (seconds: number) => new Date(NOON + seconds * 1000).toISOString()
const asker = (more: Partial<Asker> = {}): Asker => ({ author: 'ada', owner: 'gabriel', now: NOON, ...more })

/** What run-1 of ada has written: as a claim that was granted token 3, until a minute after noon. */
function stored(more: Partial<Stored> = {}): Stored {
  const content = { runId: 'run-1', payloadJson: '{"n":1}', expiresAt: at(60) }
  return { ...content, author: 'ada', token: 3, revision: 0, ...more }
}

function claim(token: number | null, more: Partial<Incoming> = {}): Incoming {
  return { runId: 'run-1', payloadJson: '{"n":1}', expiresAt: at(60), token, ...more }
}

function change(token: number, revision: number, more: Partial<Incoming> = {}): Incoming {
  return { ...claim(token, { payloadJson: `{"n":${revision + 1}}`, expiresAt: at(120) }), revision, ...more }
}

const GRANTED: Ruling = { written: true, token: 4, revision: 0 }
const SKIPPED: Ruling = { written: false, conflict: null }
const refused = (conflict: 'held' | 'stale' | 'not_author'): Ruling => ({ written: false, conflict })
const lapsed = stored({ expiresAt: at(-1) })

describe('a claim that names the last token', () => {
  it.each<[string, Ruling, Incoming, Stored, Partial<Asker>?]>([
    ['is granted the next one when the lease has lapsed', GRANTED, claim(3, { runId: 'run-2' }), lapsed],
    ['is granted to whoever asks, whoever held it', GRANTED, claim(3), lapsed, { author: 'bob' }],
    ['is refused when another token stands', refused('stale'), claim(2, { runId: 'run-2' }), lapsed],
    ['is refused when it knows of none and one stands', refused('stale'), claim(null), lapsed],
    ['is refused while another run holds the lease', refused('held'), claim(3, { runId: 'run-2' }), stored()],
    ['is refused to a namesake, whose bytes differ', refused('held'), claim(3, { payloadJson: '{"n":2}' }), stored()],
    ['is answered as before when its bytes come again', SKIPPED, claim(2), stored()],
    [
      'is not answered as the holder when a stranger plays it again',
      refused('not_author'),
      claim(2),
      stored(),
      { author: 'bob' },
    ],
    [
      'asks for nothing when it has lapsed on its way',
      SKIPPED,
      claim(3, { expiresAt: at(-2), runId: 'run-2' }),
      lapsed,
    ],
    ['opens nothing that was finished', refused('held'), claim(3), stored({ expiresAt: null })],
    ['may finish the lease at once', GRANTED, claim(3, { expiresAt: null }), lapsed],
  ])('%s', (_, ruling, incoming, before, ...[more]) => {
    expect(lease.arbitrate(incoming, before, asker(more))).toEqual(ruling)
  })

  it('begins the first tenure where there is none, above the tokens that are gone', () => {
    expect(lease.begin(claim(null), 7)).toEqual({ written: true, token: 8, revision: 0 })
    expect(lease.begin(claim(3), 7)).toEqual(refused('stale'))
  })
})

describe('a change that names its tenure', () => {
  const renewed: Ruling = { written: true, token: 3, revision: 5 }
  const END = change(2, 5, { expiresAt: null })
  it.each<[string, Ruling, Incoming, Stored, Partial<Asker>?]>([
    ['is taken with a higher revision', renewed, change(3, 5), stored({ revision: 4 })],
    ['is taken from the owner of the space', renewed, change(3, 5), stored(), { author: 'gabriel' }],
    ['is taken on a tenure whose claim counted nothing', renewed, change(3, 5), stored({ revision: null })],
    ['is refused with the revision that stands', refused('stale'), change(3, 4), stored({ revision: 4 })],
    ['is refused with an older one', refused('stale'), change(3, 3), stored({ revision: 4 })],
    ['is refused in a later tenure of its own run', refused('held'), change(2, 9), stored()],
    ['is refused to another run', refused('held'), change(3, 9, { runId: 'run-2' }), stored()],
    ['is refused to another author', refused('not_author'), change(3, 9), stored(), { author: 'bob' }],
    ['begins nothing when its tenure has lapsed', refused('stale'), change(3, 9), lapsed],
    ['gives nothing back that has lapsed', SKIPPED, change(3, 9, { expiresAt: at(-9) }), lapsed],
    ['does not open what is finished', refused('held'), change(3, 9), stored({ expiresAt: null })],
    ['is answered as before when its bytes come again', SKIPPED, change(3, 0, { expiresAt: at(60) }), stored()],
    ['may end sooner than was granted', renewed, change(3, 5, { expiresAt: at(30) }), stored({ revision: 4 })],
    ['has finished what it finished, by whatever token', SKIPPED, END, stored({ ...END, token: 3, revision: 5 })],
    ['finishes nothing again in other words', refused('held'), END, stored({ expiresAt: null, revision: 5 })],
    ['goes on by its own token alone', refused('held'), change(2, 0, { expiresAt: at(60) }), stored()],
  ])('%s', (_, ruling, incoming, before, ...[more]) => {
    expect(lease.arbitrate(incoming, before, asker(more))).toEqual(ruling)
  })

  it('begins nothing where there is no lease', () => {
    expect(lease.begin(change(3, 1), 7)).toEqual(refused('stale'))
  })
})

describe('a writer that sends no token', () => {
  const word = (more: Partial<Incoming> = {}): Incoming => {
    const { token: _, ...rest } = claim(null, { expiresAt: at(120), ...more })
    return rest
  }

  it('changes no tenure that was begun with one, and gets the next when it is free', () => {
    expect(lease.arbitrate(word(), stored(), asker())).toEqual(refused('held'))
    expect(lease.arbitrate(word(), lapsed, asker())).toEqual({ written: true, token: 4, revision: null })
  })

  it('changes one that was begun without, as ever', () => {
    const uncounted = stored({ revision: null })
    expect(lease.arbitrate(word(), uncounted, asker())).toEqual({ written: true, token: 3, revision: null })
  })
})

describe('a lease that names no end', () => {
  const DAY = 24 * 3600
  const asks = { boundSeconds: DAY }
  const endless = (more: Partial<Stored> = {}) =>
    stored({ expiresAt: null, revision: null, id: 5, receivedAt: at(-DAY), ...more })
  it.each<[string, Ruling, Incoming, Stored, Partial<Asker>?]>([
    ['is claimed anew by who names it, after the longest time', GRANTED, claim(3, { replaces: 5 }), endless()],
    ['holds until then', refused('held'), claim(3, { replaces: 5 }), endless({ receivedAt: at(1 - DAY) })],
    ['holds against who does not name it', refused('held'), claim(3), endless()],
    ['holds against who names what stood before', refused('held'), claim(3, { replaces: 4 }), endless()],
    ['is told by its token too', refused('stale'), claim(2, { replaces: 5 }), endless()],
    ['holds where there is no bound', refused('held'), claim(3, { replaces: 5 }), endless(), {}],
    ['is finished where its writer counts', refused('held'), claim(3, { replaces: 5 }), endless({ revision: 0 })],
  ])('%s', (_, ruling, incoming, before, ...[more = asks]) => {
    expect(lease.arbitrate({ ...incoming, runId: 'run-2' }, before, asker(more))).toEqual(ruling)
  })

  it('stands in a workspace as long as that, and its own claim after it', () => {
    const payload = { claimer_run_id: 'run-1' }
    const hubs: Seen = { runId: 'run-1', expiresAt: null, arrivedAt: 1, receivedAt: at(-DAY), payload }
    const own: Seen = { ...hubs, runId: 'run-2', expiresAt: at(60), arrivedAt: 2, receivedAt: null }
    expect(lease.stands(own, hubs, NOON - 1)).toBe(hubs)
    expect(lease.stands(own, hubs, NOON)).toBe(own)
    expect(lease.stands(own, { ...hubs, payload: { ...payload, lease: { token: 3 } } }, NOON).runId).toBe('run-1')
    expect(lease.lapsesAt({ ...hubs, receivedAt: null, arrivedAt: NOON })).toBe(NOON + DAY * 1000)
  })
})

describe('of one run’s two texts', () => {
  const text = (lease: object | null, more: Partial<Seen> = {}): Seen => ({
    ...{ runId: 'run-1', expiresAt: at(60), arrivedAt: 1, receivedAt: null },
    ...{ payload: lease === null ? {} : { lease }, ...more },
  })
  const hubsText = (lease: object | null) => text(lease, { expiresAt: at(90), receivedAt: at(0), arrivedAt: 2 })

  it.each([
    ['a change after the claim of its tenure', { token: null }, { token: 1, revision: 2 }],
    ['a later change', { token: 1, revision: 2 }, { token: 1, revision: 3 }],
    ['a change of a later tenure', { token: 1, revision: 7 }, { token: 2, revision: 1 }],
    ['a claim that names the tenure of the other', { token: 1, revision: 7 }, { token: 1 }],
  ])('%s stands, wherever it was written', (_, earlier, later) => {
    const [own, hubs] = [text(earlier), hubsText(later)]
    expect(lease.stands(own, hubs, NOON)).toBe(hubs)
    const [newer, older] = [text(later), hubsText(earlier)]
    expect(lease.stands(newer, older, NOON)).toBe(newer)
  })

  it('its own file stands where they are as late, or one of them counts no tenures', () => {
    for (const [mine, hubs] of [
      [{ token: 1 }, { token: 1 }],
      [null, { token: 1 }],
      [{ token: 1 }, null],
    ] as const) {
      const own = text(mine)
      expect(lease.stands(own, hubsText(hubs), NOON)).toBe(own)
    }
  })
})

describe('the owner of the space, by force', () => {
  const owner = { author: 'gabriel' }
  const forced = (token: number | null, more: Partial<Incoming> = {}) =>
    claim(token, { force: true, runId: 'run-9', ...more })

  it('takes a lease that is held, or finished, under the next token', () => {
    expect(lease.arbitrate(forced(3), stored(), asker(owner))).toEqual(GRANTED)
    expect(lease.arbitrate(forced(3), stored({ expiresAt: null }), asker(owner))).toEqual(GRANTED)
  })

  it('takes nothing twice with one request', () => {
    expect(lease.arbitrate(forced(3), stored({ token: 4 }), asker(owner))).toEqual(refused('stale'))
    const taken = stored({ author: 'gabriel', runId: 'run-9', token: 4 })
    expect(lease.arbitrate(forced(3), taken, asker(owner))).toEqual(SKIPPED)
  })

  it('takes again what it has taken, in other words, and what another has in the same ones', () => {
    const taken = stored({ author: 'gabriel', runId: 'run-9' })
    expect(lease.arbitrate(forced(3, { payloadJson: '{"n":9}' }), taken, asker(owner))).toEqual(GRANTED)
    expect(lease.arbitrate(forced(3), stored({ runId: 'run-9' }), asker(owner))).toEqual(GRANTED)
  })

  it('is nobody else', () => {
    expect(lease.arbitrate(forced(3), stored(), asker())).toEqual(refused('held'))
  })
})

describe('what has the last revision', () => {
  const closed = stored({ revision: LAST_REVISION })
  const last = (more: Partial<Incoming>) => change(3, LAST_REVISION, more)
  const WRITTEN: Ruling = { written: true, token: 3, revision: LAST_REVISION }
  it.each<[string, Ruling, Incoming, Stored, Partial<Asker>?]>([
    ['comes while nothing is renewed', WRITTEN, last({ expiresAt: at(60) }), stored({ revision: 7 })],
    ['ends nothing before its run knows of', refused('stale'), last({ expiresAt: at(59) }), stored({ revision: 7 })],
    ['is renewed no more', refused('stale'), last({}), closed],
    ['is not renewed by an earlier one either', refused('stale'), change(3, 8), closed],
    ['is finished by its run', WRITTEN, last({ expiresAt: null }), closed],
    ['is given back by its run', WRITTEN, last({ expiresAt: at(-9) }), closed],
    ['is ended by nobody else', refused('not_author'), last({ expiresAt: null }), closed, { author: 'bob' }],
    ['is not ended by an earlier one', refused('stale'), change(3, 8, { expiresAt: null }), closed],
    [
      'is finished once',
      refused('stale'),
      last({ expiresAt: null, payloadJson: '{}' }),
      { ...closed, expiresAt: null },
    ],
    ['is not opened again', refused('held'), last({ payloadJson: '{}' }), { ...closed, expiresAt: null }],
    ['is given back once', refused('stale'), last({}), { ...closed, expiresAt: at(-9) }],
  ])('%s', (_, ruling, incoming, before, ...[more]) => {
    expect(lease.arbitrate(incoming, before, asker(more))).toEqual(ruling)
  })
})
