import { parse, TomlError } from 'smol-toml'
import { parseDuration } from '../base/duration.js'
import { coordError, problemOf } from '../base/errors.js'
import { nearest } from '../base/nearest.js'
import { quote } from '../base/quote.js'
import { readText } from '../files/read-text.js'
import { isJsonObject } from '../record/record.js'
import type { Repo } from './repo.js'

/** What `.muse/config.toml` says to this program. `null`: it says nothing about that. */
export interface Config {
  /** `[hub] url` */
  readonly hubUrl: string | null
  /** `[coord] owner` */
  readonly owner: string | null
  /** `[coord] slug` */
  readonly slug: string | null
  /** `[coord] plugins`: packages and paths, in the order in which they are loaded. */
  readonly plugins: readonly string[]
  /** `[plugins.NAME]`, by name: what each of those plugins judges by itself. */
  readonly pluginSettings: Readonly<Record<string, unknown>>
  /** `[coord] keep_finished`: for how many seconds files of records that are over stay; `null`: for good. */
  readonly keepFinishedSeconds: number | null
  /** `[agents] mode`: whether hooks of agent programs refuse an edit of what another run holds, only say so, or say nothing. */
  readonly agentMode: AgentMode
}

export type AgentMode = (typeof AGENT_MODES)[number]

/** Under `.muse/`. */
export const CONFIG_FILE = 'config.toml'
export const MAX_CONFIG_BYTES = 1024 * 1024
const COORD_KEYS = ['owner', 'slug', 'plugins', 'keep_finished']
const AGENT_MODES = ['block', 'warn', 'observe'] as const
const MOST_PLUGINS = 100
const WEEK_SECONDS = 7 * 24 * 3600

/** Where the settings of a repository stand. */
export function configPath(repo: Repo): string {
  return repo.muse.pathOf(CONFIG_FILE)
}

/**
 * Reads the settings. Sections other than `[hub]`, `[coord]`, `[agents]` and `[plugins.NAME]` belong to Muse and are not looked at; `[coord]` is ours,
 * so a key there that nobody knows is refused: a setting that is ignored without a word is worse than none.
 *
 * @throws `CONFIG_INVALID`, with the line where it can be known
 */
export function readConfig(repo: Repo): Config {
  const path = configPath(repo)
  const reading = readText(path, { maxBytes: MAX_CONFIG_BYTES, followLinks: true })
  if ('fault' in reading) {
    if (reading.isMissing) return parseConfig(path, '')
    throw coordError('CONFIG_INVALID', path, `it ${reading.fault}.`)
  }
  const { text } = reading
  if (known?.path === path && known.text === text) return known.config
  const config = parseConfig(path, text)
  // What is a plugin's own is handed to it, which may change it.
  if (Object.keys(config.pluginSettings).length === 0) known = { path, text, config }
  return config
}

/** A verb reads them several times, for they may change meanwhile: the same text is not parsed again. */
let known: { readonly path: string; readonly text: string; readonly config: Config } | undefined

/** `path` is for sentences. */
function parseConfig(path: string, text: string): Config {
  const document = parseToml(path, text)
  const refuse = (table: string, key: string, problem: string) => {
    const line = lineOf(text, table, key)
    return coordError('CONFIG_INVALID', path, `${line === null ? '' : `line ${line}: `}[${table}] ${problem}.`)
  }
  const section = (name: string): Record<string, unknown> => {
    const table = document[name] ?? {}
    if (!isJsonObject(table)) throw coordError('CONFIG_INVALID', path, `${name} must be a section, [${name}].`)
    return table
  }
  const textAt = (table: string, key: string): string | null => {
    const value = section(table)[key] ?? null
    if (value === null || typeof value === 'string') return value
    throw refuse(table, key, `${key} must be text in quotes, got ${quoteToml(value)}`)
  }

  const coord = section('coord')
  for (const key of Object.keys(coord)) {
    if (COORD_KEYS.includes(key)) continue
    const meant = nearest(key, COORD_KEYS)
    throw refuse('coord', key, `has no key ${quote(key)}${meant && `; did you mean ${quote(meant)}?`}`)
  }
  const plugins = coord.plugins ?? []
  if (!Array.isArray(plugins) || !plugins.every((plugin) => typeof plugin === 'string' && plugin !== '')) {
    throw refuse('coord', 'plugins', `plugins must be a list of texts, got ${quoteToml(plugins)}`)
  }
  // Each is looked for and hashed before anybody trusts it.
  if (plugins.length > MOST_PLUGINS)
    throw refuse('coord', 'plugins', `plugins must be ${MOST_PLUGINS} at most, got ${plugins.length}`)
  const kept = textAt('coord', 'keep_finished') ?? `${WEEK_SECONDS}`
  const keepFinishedSeconds = kept === 'forever' ? null : parseDuration(kept)
  if (keepFinishedSeconds === null && kept !== 'forever') {
    throw refuse(
      'coord',
      'keep_finished',
      `keep_finished must be a time such as "7d", or "forever", got ${quote(kept)}`,
    )
  }
  const mode = textAt('agents', 'mode') ?? 'block'
  const agentMode = AGENT_MODES.find((known) => known === mode)
  if (agentMode === undefined) {
    throw refuse('agents', 'mode', `mode must be one of ${AGENT_MODES.join(', ')}, got ${quote(mode)}`)
  }
  return {
    hubUrl: textAt('hub', 'url'),
    owner: textAt('coord', 'owner'),
    slug: textAt('coord', 'slug'),
    plugins,
    pluginSettings: isJsonObject(document.plugins) ? document.plugins : {},
    keepFinishedSeconds,
    agentMode,
  }
}

function parseToml(path: string, text: string): Record<string, unknown> {
  try {
    return parse(text)
  } catch (error) {
    // The parser's message goes on with a picture of the lines around; its first line is the sentence.
    const sentence = problemOf(error).split('\n', 1)[0] ?? ''
    const where = error instanceof TomlError ? `line ${error.line}, column ${error.column}: ` : ''
    throw coordError('CONFIG_INVALID', path, where + sentence)
  }
}

/** The parsed document knows no lines; in the way such files are written, a key stands alone under its header. */
function lineOf(text: string, table: string, key: string): number | null {
  let current = ''
  for (const [index, line] of text.split('\n').entries()) {
    const header = /^\s*\[\s*"?([^\]"]+?)"?\s*\]/.exec(line)?.[1]
    if (header !== undefined) current = header
    const name = /^\s*"?([A-Za-z0-9_.-]+)"?\s*=/.exec(line)?.[1]
    if (name !== undefined && (current === table ? name === key : `${current}.${name}` === `.${table}.${key}`)) {
      return index + 1
    }
  }
  return null
}

/** TOML has whole numbers that JSON has not. */
function quoteToml(value: unknown): string {
  return typeof value === 'bigint' ? String(value) : quote(value)
}
