import { expect } from '@jest/globals'
import { arbitrate, type Standing } from '../../../src/hub/stores/arbitrate.js'
import type { IncomingRecord, StoreAnswer, StorePush, StoreRecord } from '../../../src/hub/stores/record-store.js'
import type { MergeRule } from '../../../src/record/record.js'

export const NOON = Date.parse('2026-03-18T12:00:00Z')
export const OWNER = 'gabriel'

/** The smallest store there is: a space in memory that does what a verdict says. */
export class Space {
  lastId = 0
  tokenFloor = 0
  readonly rows = new Map<string, StoreRecord>()
  readonly rules = new Map<string, MergeRule>()

  push(records: IncomingRecord[], { now = NOON, ...more }: Partial<StorePush> & { now?: number } = {}): StoreAnswer {
    const { lastId, tokenFloor, rules } = this
    const standing: Standing = { owner: OWNER, lastId, now, tokenFloor, rules, records: [...this.rows.values()] }
    const { answer, writes, newRules } = arbitrate(standing, {
      author: 'ada',
      records,
      rules: RULES,
      ...more,
    })
    for (const row of writes) this.rows.set(`${row.kind} ${row.recordId}`, row)
    for (const [kind, rule] of newRules) this.rules.set(kind, rule)
    this.lastId = answer.cursor
    return answer
  }

  get records(): StoreRecord[] {
    return [...this.rows.values()].sort((one, other) => one.id - other.id)
  }

  only(): StoreRecord {
    expect(this.rows.size).toBe(1)
    return this.records[0] as StoreRecord
  }
}

export const RULES = new Map<string, MergeRule>([
  ['note', 'once'],
  ['heartbeat', 'latest'],
  ['claim', 'lease'],
])

export function record(kind: string, more: Partial<IncomingRecord> = {}): IncomingRecord {
  return { kind, recordId: 'x', runId: 'run-1', payloadJson: '{"n":1}', expiresAt: null, ...more }
}

export function at(seconds: number): string {
  return new Date(NOON + seconds * 1000).toISOString()
}

export function counts({ inserted, updated, skipped, conflicts, rejected }: StoreAnswer) {
  return { inserted, updated, skipped, conflicts: conflicts.map(({ reason }) => reason), rejected: rejected.length }
}

export const nothing = { inserted: 0, updated: 0, skipped: 0, conflicts: [], rejected: 0 }
