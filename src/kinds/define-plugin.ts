import { coordError } from '../base/errors.js'
import type { DependencyContainer } from '../base/injection.js'
import { isJsonObject, type JsonObject } from '../record/record.js'
import { KIND, type Kind, type Plugin } from './kind.js'
import type { FromSchema } from './schema-types.js'

/** The version of what a plugin can count on: the tokens, the fields of kinds and commands. */
const API = '^1'

/** The DI token of commands, which stand in a room above this one. */
export const COMMAND: symbol = Symbol.for('muse-coord.command')

/** The DI token of what the settings say to plugins: by plugin, `[plugins.NAME]` as it stands there. */
export const PLUGIN_SETTINGS: symbol = Symbol.for('muse-coord.plugin-settings')

/**
 * A plugin as a plain object, which nothing has to be imported for.
 *
 * @typeParam Schema of its options
 */
export interface PluginDefinition<Schema extends object = object> {
  /** The API that it was written for: `^1`. One for another is refused. */
  readonly api: string
  /** Under which the settings speak to it, `[plugins.NAME]`; needed where it has options. */
  readonly name?: string
  /** JSON Schema of its options. Left out: it is told none. */
  readonly options?: Schema
  /** Kinds, and what `defineKind` makes of one. */
  // biome-ignore lint/suspicious/noExplicitAny: each kind has a payload of its own
  readonly kinds?: readonly (Kind<any> | Plugin)[]
  /** What `defineCommand` makes. */
  readonly commands?: readonly object[]
  /**
   * Registers what is neither, or what depends on the options; awaited.
   *
   * @param options what the settings say, after it has passed the schema; `{}` where they say nothing
   */
  setup?(container: DependencyContainer, options: FromSchema<Schema>): void | Promise<void>
}

/** A plugin in either of its shapes. */
export type AnyPlugin = Plugin | PluginDefinition

/** Says nothing but what a plugin may hold: `export default definePlugin({ api: '^1', kinds: [lock] })`. */
export function definePlugin<const Schema extends object>(plugin: PluginDefinition<Schema>): PluginDefinition
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
    for (const kind of kinds) {
      if (typeof kind === 'function') await kind(container)
      else container.register(KIND, { useValue: kind })
    }
    for (const command of commands) container.register(COMMAND, { useValue: command })
    await setup.call(exported, container, await optionsFor(exported, container, origin))
  }
}

/** What the settings say to a plugin. Throws `PLUGIN_OPTIONS` where its schema refuses that. */
async function optionsFor(plugin: JsonObject, container: DependencyContainer, origin: string): Promise<unknown> {
  const { name, options: schema } = plugin
  if (schema === undefined) return {}
  if (!isJsonObject(schema) || typeof name !== 'string')
    throw coordError('PLUGIN_FAILED', origin, 'its options must be a JSON Schema, and need its name, a text')
  const hasSettings = container.isRegistered(PLUGIN_SETTINGS, true)
  const settings = hasSettings ? container.resolve<Readonly<Record<string, unknown>>>(PLUGIN_SETTINGS) : {}
  const given = Object.hasOwn(settings, name) ? settings[name] : {}
  const { compileCheck } = await import('../base/json/validation.js')
  const problem = isJsonObject(given) ? (await compileCheck(schema))(given) : 'is no section'
  if (problem !== null) throw coordError('PLUGIN_OPTIONS', origin, name, problem)
  return given
}
