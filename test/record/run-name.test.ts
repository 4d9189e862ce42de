import { describe, expect, it } from '@jest/globals'
import { isOneRun, isPartOf } from '../../src/record/run-name.js'

describe('whether two run ids name one run', () => {
  it.each([
    ['agent-1', 'agent-1', true],
    ['agent-1', 'agent-2', false],
    ['agent-9f3c1a2b3c4d', 'other-9f3c1a2b3c4d', false],
    ['claude-9f3c1a2b3c4d', 'copilot-9f3c1a2b3c4d', true],
    ['claude-9f3c1a2b3c4d', 'claude-000000000000', false],
    ['claude-9f3c1a2b3c4d', 'claude-9f3c1a2b3c4d_a1', true],
    ['copilot-9f3c1a2b3c4d_a1', 'claude-9f3c1a2b3c4d_a1', true],
    ['claude-9f3c1a2b3c4d_a1', 'claude-9f3c1a2b3c4d_b2', false],
    ['claude-worker', 'copilot-worker', false],
    ['claude-9f3c1a2b3c4d-2', 'copilot-9f3c1a2b3c4d-2', false],
  ])('%s and %s: %s', (one, other, isOne) => {
    expect(isOneRun(one, other)).toBe(isOne)
    expect(isOneRun(other, one)).toBe(isOne)
  })
})

describe('whether what a run has goes with another', () => {
  it.each([
    ['claude-9f3c1a2b3c4d_a1', 'claude-9f3c1a2b3c4d', true],
    ['claude-9f3c1a2b3c4d_a1', 'copilot-9f3c1a2b3c4d', true],
    ['claude-9f3c1a2b3c4d', 'claude-9f3c1a2b3c4d_a1', false],
    ['claude-9f3c1a2b3c4d_b2', 'claude-9f3c1a2b3c4d_a1', false],
    ['copilot-9f3c1a2b3c4d_a1', 'claude-9f3c1a2b3c4d_a1', true],
    ['agent-1_a', 'agent-1', false],
    ['agent-1', 'agent-1', true],
  ])('%s with %s: %s', (part, whole, goes) => {
    expect(isPartOf(part, whole)).toBe(goes)
  })
})
