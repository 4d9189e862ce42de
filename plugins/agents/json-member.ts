import { isDeepStrictEqual } from 'node:util'
import { findNodeAtLocation } from 'jsonc-parser'
import type { JsonObject } from '../../src/plugin.js'
import { emptyDocument, insert, isEmptied, plainValue, rootOf, without, written } from './json-document.js'

/**
 * Gives a document of JSON with comments a member, and leaves every other byte as it is. One that is there and says the same
 * stays, with what its user has added to it. `null`: the document cannot be read, or is laid out otherwise.
 *
 * @param text `null`: there is no file
 * @param names lead to the member: `['mcpServers', 'muse-coord']`
 */
export function addMember(text: string | null, names: readonly string[], value: JsonObject): string | null {
  const base = text === null || text.trim() === '' ? emptyDocument(text) : text
  const root = rootOf(base)
  if (root === null) return null
  const there = findNodeAtLocation(root, [...names])
  if (there !== undefined) {
    if (says(plainValue(there), value)) return text
    return base.slice(0, there.offset) + written(base, names.length, value) + base.slice(there.offset + there.length)
  }
  for (let depth = names.length - 1; depth >= 0; depth--) {
    const node = depth === 0 ? root : findNodeAtLocation(root, names.slice(0, depth))
    if (node === undefined) continue
    if (node.type !== 'object') return null
    const nested = names.slice(depth + 1).reduceRight<unknown>((inner, name) => ({ [name]: inner }), value)
    return insert(base, node, depth, nested, names[depth])
  }
  return null
}

/** Takes a member out again, and the objects that were made for it. `null`: the document cannot be read. */
export function removeMember(text: string, names: readonly string[]): string | null {
  const root = rootOf(text)
  if (root === null) return null
  const member = findNodeAtLocation(root, [...names])?.parent
  if (member === undefined) return text
  let edited = without(text, member)
  for (let depth = names.length - 1; depth > 0; depth--) {
    const rest = rootOf(edited)
    const around = rest === null ? undefined : findNodeAtLocation(rest, names.slice(0, depth))?.parent
    if (around === undefined || !isEmptied(edited, around)) break
    edited = without(edited, around)
  }
  return edited
}

function says(there: unknown, value: JsonObject): boolean {
  if (typeof there !== 'object' || there === null) return false
  return Object.entries(value).every(([name, wanted]) => isDeepStrictEqual((there as JsonObject)[name], wanted))
}
