import { parse, stringify } from 'smol-toml'
import { isJsonObject, type JsonObject } from '../../src/plugin.js'
import { addBlock, type BlockMarks, removeBlock, restOfBlock } from './marked-block.js'

const MARKS: BlockMarks = { begin: '# muse-coord:begin', end: '# muse-coord:end' }

/**
 * Puts a table at the end of a text of TOML, between marks, and leaves every other byte as it is. One of this name that
 * somebody else wrote stays. `null`: the text cannot be read, or the table cannot stand in it.
 *
 * @param text `null`: there is no file
 * @param names of the table: `['mcp_servers', 'muse-coord']`
 */
export function addTable(text: string | null, names: readonly string[], values: JsonObject): string | null {
  const others = read(removeBlock(text ?? '', MARKS))
  if (others === null) return null
  const there = names.reduce<unknown>((inner, name) => (isJsonObject(inner) ? inner[name] : undefined), others)
  if (there !== undefined) return text
  const nested = names.reduceRight<JsonObject>((inner, name) => ({ [name]: inner }), values)
  const edited = addBlock(text, stringify(nested).trimEnd(), MARKS)
  return read(edited) === null ? null : edited
}

/** Takes the table out again. `null`: the file was made for it alone; `undefined`: the text cannot be read. */
export function removeTable(text: string): string | null | undefined {
  return read(text) === null ? undefined : restOfBlock(text, MARKS)
}

function read(text: string): JsonObject | null {
  try {
    return parse(text)
  } catch {
    return null
  }
}
