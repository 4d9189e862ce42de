/** The one way to tsyringe, which refuses to load before the metadata that its decorators need. */
import 'reflect-metadata/lite'
import type { DependencyContainer } from 'tsyringe'

export { container as globalContainer, inject, injectAll, injectable, Lifecycle } from 'tsyringe'

/**
 * What is registered under a token, else what is made for it. That is no registration: its code would have to be loaded for
 * one, and most commands never need it. And it is no class that the container makes: the container may be of another copy of
 * tsyringe, as the program's is to a plugin that imports this package, and a copy makes the classes alone that it has decorated.
 */
export function resolveOr<T>(container: DependencyContainer, token: symbol, make: () => T): T {
  return container.isRegistered(token, true) ? container.resolve<T>(token) : make()
}

/** What is registered under a token; `undefined`: nothing is. */
export function resolveOptional<T>(container: DependencyContainer, token: symbol): T | undefined {
  return container.isRegistered(token, true) ? container.resolve<T>(token) : undefined
}
export type { DependencyContainer } from 'tsyringe'
