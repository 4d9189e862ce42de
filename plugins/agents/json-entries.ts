import { isDeepStrictEqual } from 'node:util'
import { findNodeAtLocation, type Node } from 'jsonc-parser'
import type { AgentEntry } from '../../src/plugin.js'
import { emptyDocument, insert, isEmptied, plainValue, rootOf, without } from './json-document.js'

/** Tells our own entries of a list from those of others. */
export type IsOwn = (entry: unknown) => boolean

/**
 * Puts entries at the end of their lists in a document of JSON with comments, each in its own lines, and leaves every other
 * byte as it is. Own entries that are there already are replaced where they are not the same. `null`: the document cannot be
 * read, or is laid out otherwise.
 *
 * @param text `null`: there is no file
 */
export function addEntries(text: string | null, entries: readonly AgentEntry[], isOwn: IsOwn): string | null {
  const base = text === null || text.trim() === '' ? emptyDocument(text) : text
  const root = rootOf(base)
  if (root === null) return null
  if (isThere(root, entries, isOwn)) return text
  let edited = removeEntries(base, isOwn)
  for (const entry of entries) edited = edited === null ? null : addEntry(edited, entry)
  return edited
}

/** Takes own entries out again, and the lists and objects that were made for them. `null`: the document cannot be read. */
export function removeEntries(text: string, isOwn: IsOwn): string | null {
  let edited = text
  for (;;) {
    const root = rootOf(edited)
    if (root === null) return null
    const found = findOwn(root, isOwn) ?? findEmptied(root, text, edited)
    if (found === undefined) return edited
    edited = without(edited, found)
  }
}

function isThere(root: Node, entries: readonly AgentEntry[], isOwn: IsOwn): boolean {
  const own = ownEntries(root, isOwn).map(plainValue)
  return own.length === entries.length && entries.every(({ entry }, index) => isDeepStrictEqual(own[index], entry))
}

function ownEntries(node: Node, isOwn: IsOwn): readonly Node[] {
  const children = node.children ?? []
  if (node.type === 'array') return children.filter((child) => isOwn(plainValue(child)))
  return children.flatMap((child) => ownEntries(child, isOwn))
}

function findOwn(root: Node, isOwn: IsOwn): Node | undefined {
  return ownEntries(root, isOwn)[0]
}

/** A list or an object that an entry was taken out of, where it was written for the entry: over several lines. */
function findEmptied(root: Node, before: string, edited: string): Node | undefined {
  if (before === edited) return undefined
  const hooks = findNodeAtLocation(root, ['hooks'])
  const candidates = [...(hooks?.children ?? []), ...(hooks?.parent ? [hooks.parent] : [])]
  return candidates.find((property) => isEmptied(edited, property))
}

function addEntry(text: string, { list, entry }: AgentEntry): string | null {
  const root = rootOf(text)
  if (root === null) return null
  for (let depth = list.length; depth > 0; depth--) {
    const node = findNodeAtLocation(root, list.slice(0, depth))
    if (node === undefined) continue
    const isList = depth === list.length
    if (node.type !== (isList ? 'array' : 'object')) return null
    return insert(text, node, depth, isList ? entry : built(list.slice(depth + 1), entry), list[depth])
  }
  return insert(text, root, 0, built(list.slice(1), entry), list[0])
}

/** The value that leads to a list with the entry by these names. */
function built(names: readonly string[], entry: object): unknown {
  return names.reduceRight<unknown>((value, name) => ({ [name]: value }), [entry])
}
