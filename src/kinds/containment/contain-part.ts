import { inPluginCode } from './plugin-code.js'
import { pluginFailed } from './plugin-failed.js'

/** By part: the plugin that registered it, as it was named. */
const origins = new WeakMap<object, string>()

/** The plugin that a registered part is of; `undefined`: it comes with this package. What a plugin's says is spelt as it wrote it. */
export function partOrigin(part: object): string | undefined {
  return origins.get(part)
}

/**
 * What a plugin registers beside kinds and commands, its functions told from the program's: what they throw, at once or later,
 * names the plugin.
 *
 * @param part what it is, for sentences
 */
export function containPart(value: unknown, origin: string, part: string): unknown {
  if (typeof value !== 'object' || value === null) return value
  const contained: Record<string, unknown> = {}
  for (const name of namesOf(value)) {
    const member: unknown = Reflect.get(value, name)
    contained[name] =
      typeof member === 'function' ? guarded(member.bind(value), origin, `${name} of its ${part}`) : member
  }
  origins.set(contained, origin)
  return contained
}

function guarded(call: (...given: unknown[]) => unknown, origin: string, what: string) {
  const failed = (thrown: unknown) => pluginFailed(origin, thrown, `in ${what}: `)
  return (...given: unknown[]) =>
    inPluginCode({ origin, what }, () => {
      try {
        const answer = call(...given)
        if (!(answer instanceof Promise)) return answer
        return answer.catch((thrown: unknown) => {
          throw failed(thrown)
        })
      } catch (thrown) {
        throw failed(thrown)
      }
    })
}

/** Those of a class too. */
function namesOf(value: object): ReadonlySet<string> {
  const names = new Set<string>()
  for (let one: object | null = value; one !== null && one !== Object.prototype; one = Object.getPrototypeOf(one)) {
    for (const name of Object.getOwnPropertyNames(one)) if (name !== 'constructor') names.add(name)
  }
  return names
}
