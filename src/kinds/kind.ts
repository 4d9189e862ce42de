import type { DependencyContainer } from 'tsyringe'
import type { JsonObject, MergeRule } from '../record.js'

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
