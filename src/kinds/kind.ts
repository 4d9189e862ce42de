import type { DependencyContainer } from 'tsyringe'
import type { CoordRecord, JsonObject, MergeRule } from '../record/record.js'

/**
 * A type of record. Everything the pipelines know about one stands here; they never ask for its name.
 *
 * @typeParam P the payload: the JSON object in a local file
 */
export interface Kind<P extends object = JsonObject> {
  /** Singular, lower case: `reservation`. The name on the wire, and the folder under `remote/`. */
  readonly name: string
  /** Folder under `.muse/coordination/` that holds the local files: `reservations`. */
  readonly directory: string
  /** The payload's field that holds the record id. A payload without it goes by the stem of its file's name. */
  readonly idField: keyof P & string
  /** The payload's field that holds the run id. A payload without it has the run id `''`. */
  readonly runIdField: keyof P & string
  /** JSON Schema 2020-12 of the payload. Other programs write these files too: require little, refuse no extra field. */
  readonly schema: object
  /** The expiry rule: when the record lapses, ISO 8601 with offset or `Z`; `null`: never. */
  expiresAt(payload: P): string | null
  /** What the hub does when the id comes again: keep the first, replace it, or arbitrate who holds it. */
  readonly merge: MergeRule
  /** What a record says, in a line for people, without its id and run. Left out: they see that it is there. */
  describe?(payload: P): string
  /**
   * For kinds in which other records decide when one is over, as a release ends a reservation and a heartbeat extends it.
   * Reads what it needs once, and returns what tells the end of each record: milliseconds since 1970, or `null` for one
   * that never ends. `gc` removes by it. Left out: a record is over when it lapses.
   */
  ends?(records: RecordSource): (record: SeenRecord) => number | null
}

/** A record as the workspace sees it, with the other copies of its id. */
export interface SeenRecord extends CoordRecord {
  readonly shadowed: readonly CoordRecord[]
}

/** Where a kind finds the records of others. */
export interface RecordSource {
  /** All that stand, lapsed ones too. Throws `KIND_UNKNOWN`. */
  entries(kindName: string): readonly SeenRecord[]
}

/** The DI token of kinds. A global symbol: a plugin may carry its own copy of this package and of tsyringe. */
export const KIND: symbol = Symbol.for('muse-coord.kind')

/** A plugin: handed the application's container, it registers what it brings, as values or factories. */
export type Plugin = (container: DependencyContainer) => void

/** Makes a plugin of one kind: `export default defineKind<Claim>({ name: 'claim', … })`. */
export function defineKind<P extends object = JsonObject>(kind: Kind<P>): Plugin {
  return (container) => {
    container.register(KIND, { useValue: kind })
  }
}
