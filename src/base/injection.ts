/** The one way to tsyringe, which refuses to load before the metadata that its decorators need. */
import 'reflect-metadata/lite'
import type { DependencyContainer, InjectionToken } from 'tsyringe'

export { container as globalContainer, inject, injectAll, injectable, Lifecycle } from 'tsyringe'

/**
 * What is registered under a token, else an instance of the program's own class. The own class is no registration: it
 * would have to be loaded for one, and most commands never need it.
 */
export function resolveOr<T>(container: DependencyContainer, token: symbol, own: InjectionToken<T>): T {
  return container.resolve(container.isRegistered(token, true) ? (token as InjectionToken<T>) : own)
}
export type { DependencyContainer } from 'tsyringe'
