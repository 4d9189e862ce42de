import type { MergeRule } from '../../../record/record.js'
import { namedIds } from '../named-ids.js'
import type { Space } from '../space-directory.js'
import type { Statements } from './statements.js'

/** Registers read in one go: a few milliseconds, in which nobody else is served. */
const REGISTERS_AT_ONCE = 200

/**
 * What the registers of a space name that have not lapsed before a time, gathered once for a whole sweep. A register that changes gets
 * a higher id, so what came since is all that is left to be read; what was named before stays in it, and is kept once more.
 */
export class NamedByRegisters {
  readonly #statements: Statements
  readonly #space: Space
  readonly #lapsedBefore: number
  readonly #ids = new Set<string>()
  /** By kind, up to which id its registers are read. */
  readonly #readTo = new Map<string, number>()
  #mayBeAny = false

  /** @param lapsedBefore milliseconds since 1970 */
  constructor(statements: Statements, space: Space, lapsedBefore: number) {
    this.#statements = statements
    this.#space = space
    this.#lapsedBefore = lapsedBefore
  }

  /**
   * Reads some registers of these kinds that it has not read.
   *
   * @returns whether there may be more
   */
  readSome(kinds: readonly string[]): boolean {
    for (const kind of kinds) {
      const after = this.#readTo.get(kind) ?? 0
      const { payloadsNotLapsed } = this.#statements
      const values = [this.#space.id, kind, after, this.#lapsedBefore, REGISTERS_AT_ONCE] as const
      const registers = payloadsNotLapsed.all(...values) as { id: number; payload: string }[]
      for (const { id, payload } of registers) {
        this.#readTo.set(kind, id)
        const ids = namedIds(payload)
        if (ids === null) this.#mayBeAny = true
        else for (const one of ids) this.#ids.add(one)
      }
      if (registers.length === REGISTERS_AT_ONCE) return true
    }
    return false
  }

  has(recordId: string): boolean {
    return this.#mayBeAny || this.#ids.has(recordId)
  }
}

/** Kinds whose records tell of something that goes on. */
export function registersAmong(rules: ReadonlyMap<string, MergeRule>, kind: string): string[] {
  return [...rules].flatMap(([name, merge]) => (name !== kind && merge === 'latest' ? [name] : []))
}
