import { coordError } from '../base/errors.js'
import { isJsonObject } from '../record/record.js'
import { KIND, type Kind, type Plugin } from './kind.js'

/** The version of what a plugin can count on: the tokens, the fields of kinds and commands. */
const API = '^1'

/** The DI token of commands, which stand in a room above this one. */
export const COMMAND: symbol = Symbol.for('muse-coord.command')

/** A plugin as a plain object, which nothing has to be imported for. */
export interface PluginDefinition {
  /** The API that it was written for: `^1`. One for another is refused. */
  readonly api: string
  // biome-ignore lint/suspicious/noExplicitAny: each kind has a payload of its own
  readonly kinds?: readonly Kind<any>[]
  /** What `defineCommand` makes. */
  readonly commands?: readonly object[]
  /** Registers what is neither; awaited. */
  readonly setup?: Plugin
}

/** Says nothing but what a plugin may hold: `export default definePlugin({ api: '^1', kinds: [lock] })`. */
export function definePlugin(plugin: PluginDefinition): PluginDefinition {
  return plugin
}

/** The function of a default export, or `null` where it is no plugin. Throws `PLUGIN_API` for one of another API. */
export function pluginOf(exported: unknown, origin: string): Plugin | null {
  if (typeof exported === 'function') return exported as Plugin
  if (!isJsonObject(exported) || !('api' in exported)) return null
  const { api, kinds = [], commands = [], setup = () => {} } = exported
  if (api !== API) throw coordError('PLUGIN_API', origin, String(api), API)
  if (!Array.isArray(kinds) || !Array.isArray(commands))
    throw coordError('PLUGIN_FAILED', origin, 'kinds and commands must be lists')
  if (typeof setup !== 'function') throw coordError('PLUGIN_FAILED', origin, 'its setup is no function')
  return async (container) => {
    for (const kind of kinds) container.register(KIND, { useValue: kind })
    for (const command of commands) container.register(COMMAND, { useValue: command })
    await setup(container)
  }
}
