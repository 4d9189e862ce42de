import type { RecordSource, SeenRecord, Spoken } from '../kinds/kind.js'
import type { KindRegistry } from '../kinds/registry.js'
import { RULES } from '../record/merge/rules.js'
import { cameAt, type Entry } from '../workspace/entry.js'
import type { Standing } from '../workspace/index/standing.js'
import type { Workspace } from '../workspace/workspace.js'

/** Records as they counted at a moment: the present where it is `null`, else milliseconds since 1970. */
export function recordsAt({ view, registry }: Workspace, moment: number | null): RecordSource {
  return moment === null ? view.alive() : new PastRecords(view.between(moment, moment), registry, moment)
}

/**
 * The records that had come by a moment. Of what is rewritten in place, as beats and leases are, the store has the last word
 * alone: that one is there whenever it came, for it tells of what it goes on from.
 */
class PastRecords implements RecordSource {
  constructor(
    private readonly records: Standing,
    private readonly registry: KindRegistry,
    readonly now: number,
  ) {}

  entries(kindName: string): readonly SeenRecord[] {
    return this.records
      .entries(kindName)
      .filter((entry) => this.#hadCome(kindName, entry))
      .map((entry) => this.#then(entry))
  }

  named(kindName: string, recordId: string): SeenRecord | undefined {
    const entry = this.records.named(kindName, recordId)
    if (entry === undefined || !this.#hadCome(kindName, entry)) return undefined
    return this.#then(entry)
  }

  namedAll(kindName: string, recordIds: readonly string[]): ReadonlyMap<string, SeenRecord> {
    const all = this.records.namedAll(kindName, recordIds)
    return new Map([...all].flatMap(([id, entry]) => (this.#hadCome(kindName, entry) ? [[id, this.#then(entry)]] : [])))
  }

  endOf(kindName: string, recordId: string): number | null | undefined {
    return this.named(kindName, recordId) === undefined ? undefined : this.records.endOf(kindName, recordId)
  }

  mayEnd(record: Spoken, by: Spoken): boolean {
    return this.records.mayEnd(record, by)
  }

  #then(entry: Entry): SeenRecord {
    return { ...entry, lapsed: entry.lapsesAt !== null && entry.lapsesAt <= this.now }
  }

  #hadCome(kindName: string, entry: Entry): boolean {
    const merge = this.registry.get(kindName)?.merge ?? 'once'
    return RULES[merge].isRewritten || cameAt(entry) <= this.now
  }
}
