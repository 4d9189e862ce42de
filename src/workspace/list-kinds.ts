import { isOfUntrusted } from '../base/errors.js'
import type { Kind } from '../kinds/kind.js'
import type { Session } from './session.js'

export interface ListedKind extends Pick<Kind, 'name' | 'directory' | 'idField' | 'runIdField' | 'merge'> {
  /** `built in`, or the plugin as it was named. */
  readonly origin: string
}

/**
 * The kinds that are registered, in the order in which their records are gathered; without those of plugins that are not trusted
 * here, which the session names. Throws why a plugin has failed.
 */
export function listKinds({ registry, pluginFaults }: Session): readonly ListedKind[] {
  const fault = pluginFaults.find((one) => !isOfUntrusted(one))
  if (fault !== undefined) throw fault
  return registry.all.map((kind) => {
    const { name, directory, idField, runIdField, merge } = kind
    return { name, directory, idField, runIdField, merge, origin: registry.originOf(kind) }
  })
}
