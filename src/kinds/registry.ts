import { coordError } from '../base/errors.js'
import { type DependencyContainer, inject, injectAll, injectable } from '../base/injection.js'
import { quote } from '../base/quote.js'
import { isJsonObject, isKindName, MERGE_RULES } from '../record/record.js'
import { containKind } from './containment/contain-kind.js'
import { KIND, type Kind } from './kind.js'

/** Who registered what: one entry a kind, in the order of registration. */
export type KindOrigins = readonly string[]

/** The DI token of {@link KindOrigins}, kept by whoever loads plugins. */
export const KIND_ORIGINS: symbol = Symbol.for('muse-coord.kind-origins')

/** The DI token of the registry. A symbol and not the class: a plugin may carry its own copy of this package. */
export const KIND_REGISTRY: symbol = Symbol.for('muse-coord.kind-registry')

/** The registry of an application. Its first call settles which kinds there are. */
export function registryOf(container: DependencyContainer): KindRegistry {
  return container.resolve(KIND_REGISTRY)
}

/** The origin of the kinds that come with this package. */
export const BUILT_IN = 'built in'

const builtIn = new WeakSet<Kind>()

/** Whether a kind comes with this package, and so changes with its releases alone. */
export function isBuiltIn(kind: Kind): boolean {
  return builtIn.has(kind)
}

/** Whether Windows has a device of that name in every directory, so that nothing else can bear it. */
export function isDeviceName(name: string): boolean {
  return /^(con|prn|aux|nul|com\d|lpt\d)$/.test(name)
}

/** Names under `.muse/coordination/` that are not for kinds. */
const RESERVED_DIRECTORIES = new Set(['remote'])

/**
 * Every kind there is, in the order of registration. Refuses kinds that cannot work (`KIND_INVALID`) and two of one
 * name or one directory (`KIND_TAKEN`), naming the plugins they came from.
 */
@injectable()
export class KindRegistry {
  readonly all: readonly Kind[]
  readonly #origins = new Map<Kind, string>()
  readonly #byName = new Map<string, Kind>()

  constructor(
    @injectAll(KIND, { isOptional: true }) registered: readonly unknown[],
    @inject(KIND_ORIGINS) origins: KindOrigins,
  ) {
    const directories = new Map<string, Kind>()
    this.all = registered.map((candidate, index) => {
      const origin = origins[index] ?? 'the program'
      const checked = checkedKind(candidate, origin)
      const kind = origin === BUILT_IN ? checked : containKind(checked, origin)
      for (const [what, value, taken] of [
        ['name', kind.name, this.#byName],
        ['directory', kind.directory, directories],
      ] as const) {
        const first = taken.get(value)
        if (first !== undefined) throw coordError('KIND_TAKEN', what, value, this.originOf(first), origin)
        taken.set(value, kind)
      }
      this.#origins.set(kind, origin)
      if (origin === BUILT_IN) builtIn.add(kind)
      return kind
    })
  }

  [Symbol.iterator](): Iterator<Kind> {
    return this.all[Symbol.iterator]()
  }

  get(name: string): Kind | undefined {
    return this.#byName.get(name)
  }

  /** The kinds of these names, in the order of registration; all of them for no name. Throws `KIND_UNKNOWN`. */
  select(names: readonly string[]): readonly Kind[] {
    for (const name of names) {
      if (!this.#byName.has(name)) throw coordError('KIND_UNKNOWN', quote(name), [...this.#byName.keys()].join(', '))
    }
    return names.length === 0 ? this.all : this.all.filter((kind) => names.includes(kind.name))
  }

  /** The plugin that registered a kind: `built in`, or a package or path as it was named. */
  originOf(kind: Kind): string {
    return this.#origins.get(kind) ?? 'the program'
  }
}

/** A kind comes from a plugin, so it is checked like everything from outside. */
function checkedKind(candidate: unknown, origin: string): Kind {
  const problem = kindProblem(candidate)
  if (problem !== null) throw coordError('KIND_INVALID', origin, problem)
  return candidate as Kind
}

/** The answers that a kind may leave out. */
const OPTIONAL_FUNCTIONS = [
  'describe',
  'ends',
  'holds',
  'intends',
  'after',
  'open',
  'state',
  'beats',
  'combine',
  'meet',
  'giveBack',
  'goodbye',
  'rank',
  'mayHold',
] as const

function kindProblem(candidate: unknown): string | null {
  if (!isJsonObject(candidate)) return 'it is no object'
  const { name, directory, idField, runIdField, schema, expiresAt, merge } = candidate
  if (!isKindName(name)) return `name ${quote(name)} is not lower case letters, digits, - and _, a letter first`
  const device = [name, directory].find((word) => isDeviceName(String(word)))
  if (device !== undefined) return `${quote(device)} is the name of a device on Windows, where no directory can bear it`
  if (!isKindName(directory) || RESERVED_DIRECTORIES.has(directory)) {
    return `"${name}" has the directory ${quote(directory)}; use lower case letters, digits, - and _, and not "remote"`
  }
  if (typeof idField !== 'string' || idField === '') return `"${name}" has the idField ${quote(idField)}`
  if (typeof runIdField !== 'string' || runIdField === '') return `"${name}" has the runIdField ${quote(runIdField)}`
  if (!isJsonObject(schema)) return `"${name}" has a schema that is no object: ${quote(schema)}`
  if (typeof expiresAt !== 'function') return `"${name}" has no function expiresAt`
  for (const field of OPTIONAL_FUNCTIONS) {
    const value = candidate[field]
    if (value !== undefined && typeof value !== 'function') return `"${name}" has a field ${field} that is no function`
  }
  if (!MERGE_RULES.some((rule) => rule === merge)) {
    return `"${name}" has the merge rule ${quote(merge)}; there are ${MERGE_RULES.join(', ')}`
  }
  return null
}
