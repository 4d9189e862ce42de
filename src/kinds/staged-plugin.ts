import type { DependencyContainer } from '../base/injection.js'
import { KIND_REGISTRY } from './registry.js'

/** What a plugin has registered, before any of it counts. */
export interface Staged {
  /** The values under a token, in the order of registration; factories are asked, once. */
  valuesOf(token: symbol): readonly unknown[]
  /** Shows each value with its token. */
  each(look: (token: symbol, value: unknown) => void): void
  /** Registers all of it in the container itself, each value as `contain` gives it back. */
  commit(contain: (token: symbol, value: unknown) => unknown): void
}

type Registration = readonly [token: unknown, value: unknown]

/** What a plugin may call to register something, and how each is read as a token and a value. */
const REGISTERING: Readonly<
  Record<string, (container: DependencyContainer, token: unknown, given: unknown) => unknown>
> = {
  register: valueFrom,
  registerInstance: (_container, _token, instance) => instance,
  registerType: refuseClass,
  registerSingleton: refuseClass,
}

/**
 * Lets a plugin register in a container of which it sees all but what it changes: a plugin that fails half-way has then
 * registered nothing. The registry is out of reach meanwhile, for asking it ends the time in which kinds can be added.
 */
export async function stagePlugin(
  container: DependencyContainer,
  setUp: (container: DependencyContainer) => unknown,
): Promise<Staged> {
  const registrations: Registration[] = []
  let isRegistering = true
  const staging = new Proxy(container, {
    get(target, name) {
      const read = REGISTERING[String(name)]
      if (read !== undefined) {
        return (token: unknown, given: unknown) => {
          if (!isRegistering) throw new Error('it registers something after its set-up has ended')
          registrations.push([token, read(container, token, given)])
          return staging
        }
      }
      const member: unknown = Reflect.get(target, name, target)
      if (typeof member !== 'function') return member
      return (...given: readonly unknown[]) => {
        if (isRegistering && given[0] === KIND_REGISTRY) {
          throw new Error('it asks for the registry while plugins still register; ask for it in a command')
        }
        return member.apply(target, given)
      }
    },
  })
  try {
    await setUp(staging)
  } finally {
    isRegistering = false
  }
  return {
    valuesOf: (wanted) => registrations.filter(([token]) => token === wanted).map(([, value]) => value),
    each(look) {
      for (const [token, value] of registrations) if (typeof token === 'symbol') look(token, value)
    },
    commit(contain) {
      for (const [token, value] of registrations as readonly (readonly [symbol, unknown])[]) {
        container.register(token, { useValue: contain(token, value) })
      }
    },
  }
}

/** A factory is a plugin's code too, and this is where a broken one can still be told from the others. */
function valueFrom(container: DependencyContainer, token: unknown, provider: unknown): unknown {
  const { useValue, useFactory } = provider as { useValue?: unknown; useFactory?: unknown }
  if (typeof useFactory === 'function') return useFactory(container)
  const isValue = typeof provider === 'object' && provider !== null && 'useValue' in provider
  return isValue ? useValue : refuseClass(container, token)
}

function refuseClass(_container: DependencyContainer, token: unknown): never {
  throw new Error(`it registers a class under ${String(token)}; register a value or a factory`)
}
