import type { Kind } from '../kind.js'
import { isOfRecords } from '../records-fault.js'
import { ANSWERS, ANSWERS_OF_EACH, type Callback, isList, LISTS } from './kind-answers.js'
import { inPluginCode } from './plugin-code.js'
import { kindFailed } from './plugin-failed.js'

type AnyFunction = (...given: readonly unknown[]) => unknown

/** By contained kind: as its plugin registered it. */
const registered = new WeakMap<Kind, Kind>()

/** The kind as its plugin registered it. */
export function registeredKind(kind: Kind): Kind {
  return registered.get(kind) ?? kind
}

/**
 * A kind of a plugin, whose code is told from the program's: what it throws, and an answer that cannot be used, becomes
 * `KIND_FAILED`, which names plugin, callback and place. That records cannot be read for it is not its fault, and stays what it is.
 */
export function containKind(kind: Kind, origin: string): Kind {
  const { name, directory, idField, runIdField, schema, merge, strict, states } = kind
  const fields = { name, directory, idField, runIdField, schema, merge, ...(strict !== undefined && { strict }) }
  const contained: Record<string, unknown> = { ...fields, ...(states !== undefined && { states }) }
  const judges: Readonly<Partial<Record<Callback, (answer: unknown) => string | null>>> = ANSWERS
  const guarded = (callback: Callback, run: () => unknown, judge?: (answer: unknown) => string | null) =>
    inPluginCode({ origin, what: `${callback} of the kind "${name}"` }, () => {
      try {
        const given = run()
        const answer = LISTS.has(callback) && isList(given) ? [...given] : given
        const problem = judge?.(answer) ?? null
        if (problem !== null) throw problem
        return answer
      } catch (thrown) {
        throw isOfRecords(thrown) ? thrown : kindFailed(origin, kind, callback, thrown)
      }
    })
  for (const callback of ['expiresAt', ...Object.keys(ANSWERS)] as Callback[]) {
    if (kind[callback] === undefined) continue
    contained[callback] = (...given: readonly unknown[]) =>
      guarded(callback, () => (kind[callback] as AnyFunction).apply(kind, given as unknown[]), judges[callback])
  }
  for (const callback of Object.keys(ANSWERS_OF_EACH) as ('ends' | 'state')[]) {
    if (kind[callback] === undefined) continue
    contained[callback] = (...given: readonly unknown[]) => {
      const ofEach = guarded(
        callback,
        () => (kind[callback] as AnyFunction).apply(kind, given as unknown[]),
        (answer) => (typeof answer === 'function' ? null : 'it gave no function'),
      ) as AnyFunction
      return (record: unknown) => guarded(callback, () => ofEach(record), ANSWERS_OF_EACH[callback])
    }
  }
  registered.set(contained as unknown as Kind, kind)
  return contained as unknown as Kind
}
