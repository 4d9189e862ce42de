import { describe, expect, it } from '@jest/globals'
import { explore } from '../support/explore.js'
import { ALL_RULES, leasesModel, type Rules, type Stage } from './leases-model.js'

const STAGES: Readonly<Record<string, Omit<Stage, 'rules'>>> = {
  'three ask at once': {
    runs: ['r1', 'r2', 'r3'],
    workers: [
      { store: 0, does: ['claim'] },
      { store: 1, does: ['claim'] },
      { store: 2, does: ['claim'] },
    ],
    ...{ hours: 1, length: 1 },
  },
  'a push sleeps while its run renews': {
    runs: ['r1', 'r2'],
    workers: [
      { store: 0, does: ['claim', 'renew'] },
      { store: 0, does: ['push'] },
      { store: 1, does: ['claim'] },
    ],
    ...{ hours: 1, length: 1, deletions: 1 },
  },
  'a push sleeps while its run goes on without the hub': {
    runs: ['r1'],
    workers: [
      { store: 0, does: ['claim', 'write', 'renew'] },
      { store: 0, does: ['push'] },
    ],
    ...{ hours: 1, length: 1 },
  },
  'what was claimed without the hub is sent while its run claims, and again': {
    runs: ['r1'],
    workers: [
      { store: 0, does: ['write', 'claim'] },
      { store: 0, does: ['push', 'push'] },
    ],
    ...{ hours: 2, length: 2, deletions: 1 },
  },
  'what was claimed without the hub is sent while two processes of its run claim': {
    runs: ['r1'],
    workers: [
      { store: 0, does: ['write', 'claim'] },
      { store: 0, does: ['push'] },
      { store: 0, does: ['claim'] },
    ],
    ...{ hours: 1, length: 1 },
  },
  'requests come twice': {
    runs: ['r1', 'r2'],
    workers: [
      { store: 0, does: ['claim', 'renew'] },
      { store: 1, does: ['claim'] },
    ],
    ...{ hours: 1, length: 1, copies: 2 },
  },
  'one gives back and asks again, and requests come twice': {
    runs: ['r1', 'r2'],
    workers: [
      { store: 0, does: ['claim', 'release', 'claim'] },
      { store: 1, does: ['claim'] },
    ],
    ...{ hours: 1, length: 1, copies: 1 },
  },
  'one finishes, and requests come twice': {
    runs: ['r1', 'r2'],
    workers: [
      { store: 0, does: ['claim', 'finish'] },
      { store: 1, does: ['claim', 'finish'] },
    ],
    ...{ hours: 1, length: 1, copies: 1 },
  },
  'two bear one name': {
    runs: ['r', 'r'],
    workers: [
      { store: 0, does: ['claim'] },
      { store: 1, does: ['claim', 'claim'] },
    ],
    ...{ hours: 2, length: 1 },
  },
  'two processes of one store renew': {
    runs: ['r1', 'r2'],
    workers: [
      { store: 0, does: ['claim', 'renew'] },
      { store: 0, does: ['renew'] },
      { store: 1, does: ['claim'] },
    ],
    ...{ hours: 1, length: 1 },
  },
}

describe('leases, in every order in which things can happen', () => {
  it.each(Object.entries(STAGES))('have one holder, and nobody is shortened: %s', (_, stage) => {
    const { fault, trace, states } = explore(leasesModel({ ...stage, rules: ALL_RULES }))
    expect([fault, ...trace]).toEqual([null])
    expect(states).toBeGreaterThan(100)
  })

  it.each<[keyof Rules, string, RegExp]>([
    ['areNumbered', 'a push sleeps while its run renews', /hub says otherwise/],
    ['areNumbered', 'requests come twice', /hub says otherwise/],
    ['keepRevisions', 'a push sleeps while its run renews', /hub says otherwise/],
    ['leaveFirst', 'what was claimed without the hub is sent while its run claims, and again', /hub says otherwise/],
    [
      'writesAnew',
      'what was claimed without the hub is sent while two processes of its run claim',
      /hub says otherwise/,
    ],
    ['namePlaces', 'two bear one name', /two holders/],
    ['adoptNobody', 'two bear one name', /two holders/],
    ['pushesAskOnce', 'a push sleeps while its run goes on without the hub', /has lost what it holds/],
  ])('are broken without the rule %s: %s', (rule, stage, broken) => {
    const model = leasesModel({ ...(STAGES[stage] as Omit<Stage, 'rules'>), rules: { ...ALL_RULES, [rule]: false } })
    const { fault, trace } = explore(model)
    expect(fault).toMatch(broken)
    expect(trace.length).toBeGreaterThan(3)
  })

  it('come to two holders by the shortest way where nothing orders what is written', () => {
    const stage = STAGES['requests come twice'] as Omit<Stage, 'rules'>
    const model = leasesModel({ ...stage, rules: { ...ALL_RULES, areNumbered: false } })
    const fault = (state: typeof model.start) => {
      const found = model.fault(state)
      return found?.startsWith('two holders') ? found : null
    }
    expect(explore({ ...model, fault }).fault).toMatch(/two holders/)
  })
})
