import { describe, expect, it } from '@jest/globals'
import { explore } from '../support/explore.js'
import { type Actor, ALL_RULES, type Rules, reservationsModel, type Stage } from './reservations-model.js'

const actor = (name: string, ...does: Actor['does']): Actor => ({ name, place: `at ${name}`, does })

const STAGES: Readonly<Record<string, Omit<Stage, 'rules'>>> = {
  'three ask at once': {
    actors: [actor('a', 'reserve'), actor('b', 'reserve'), actor('c', 'reserve')],
    ...{ hours: 2, length: 2 },
  },
  'one extends what another asks for': {
    actors: [actor('a', 'reserve', 'beat'), actor('b', 'reserve')],
    ...{ hours: 5, length: 2 },
  },
  'one extends twice': {
    actors: [actor('a', 'reserve', 'beat', 'beat'), actor('b', 'reserve')],
    ...{ hours: 5, length: 2 },
  },
  'a beat comes twice': {
    actors: [actor('a', 'reserve', 'beat', 'beat'), actor('b', 'reserve')],
    ...{ hours: 3, length: 2, copies: 1 },
  },
  'one gives back and asks again': {
    actors: [actor('a', 'reserve', 'release', 'reserve'), actor('b', 'reserve')],
    ...{ hours: 2, length: 2 },
  },
  'two bear one name': {
    actors: [
      { name: 'a', place: 'here', does: ['reserve'] },
      { name: 'a', place: 'there', does: ['reserve'] },
    ],
    ...{ hours: 2, length: 2 },
  },
  'one is killed': {
    actors: [actor('a', 'reserve'), { ...actor('b', 'reserve'), mayDie: true }],
    ...{ hours: 4, length: 2 },
  },
}

describe('exclusive reservations, in every order in which things can happen', () => {
  it.each(Object.entries(STAGES))('have one holder, and nobody is shortened: %s', (_, stage) => {
    const { fault, trace, states } = explore(reservationsModel({ ...stage, rules: ALL_RULES }))
    expect([fault, ...trace]).toEqual([null])
    expect(states).toBeGreaterThan(100)
  })

  it.each<[keyof Rules, string, RegExp]>([
    ['momentIsTheRecords', 'one extends what another asks for', /two holders/],
    ['bringsToTheEnd', 'one extends twice', /two holders/],
    ['beatsCountInTime', 'one extends what another asks for', /stands before the holder/],
    ['beatsNameRevisions', 'a beat comes twice', /was told/],
    ['placeCounts', 'two bear one name', /two holders/],
    ['extendsWhatWasTold', 'one is killed', /never told/],
  ])('are broken without the rule %s', (rule, stage, broken) => {
    const rules = { ...ALL_RULES, [rule]: false }
    const countsHolders = broken.test('two holders')
    const model = reservationsModel({ ...(STAGES[stage] as Omit<Stage, 'rules'>), rules, countsHolders })
    const { fault, trace } = explore(model)
    expect(fault).toMatch(broken)
    expect(trace.length).toBeGreaterThan(3)
  })
})
