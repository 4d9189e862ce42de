import { isDeepStrictEqual } from 'node:util'
import { findNodeAtLocation, getNodeValue, type Node, type ParseError, parseTree } from 'jsonc-parser'
import type { AgentEntry } from '../../src/plugin.js'

/** Tells our own entries of a list from those of others. */
export type IsOwn = (entry: unknown) => boolean

/**
 * Puts entries at the end of their lists in a document of JSON with comments, each in its own lines, and leaves every other
 * byte as it is. Own entries that are there already are replaced where they are not the same. `null`: the document cannot be
 * read, or is laid out otherwise.
 *
 * @param text `''` for a file that is not there
 */
export function addEntries(text: string, entries: readonly AgentEntry[], isOwn: IsOwn): string | null {
  const root = text.trim() === '' ? undefined : rootOf(text)
  if (root === null) return null
  if (root !== undefined && isThere(root, entries, isOwn)) return text
  let edited = root === undefined ? `{${endOfLine(text)}}${endOfLine(text)}` : removeEntries(text, isOwn)
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

/** Whether nothing is left of a document that was made for our entries alone. */
export function isNothingLeft(text: string): boolean {
  return /^\{\r?\n\}\r?\n$/.test(text)
}

function rootOf(text: string): Node | null {
  const errors: ParseError[] = []
  const root = parseTree(text, errors, { allowTrailingComma: true })
  return root?.type === 'object' && errors.length === 0 ? root : null
}

function isThere(root: Node, entries: readonly AgentEntry[], isOwn: IsOwn): boolean {
  const own = ownEntries(root, isOwn).map((node) => getNodeValue(node))
  return own.length === entries.length && entries.every(({ entry }, index) => isDeepStrictEqual(own[index], entry))
}

function ownEntries(node: Node, isOwn: IsOwn): readonly Node[] {
  const children = node.children ?? []
  if (node.type === 'array') return children.filter((child) => isOwn(getNodeValue(child)))
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
  return candidates.find((property) => {
    const value = property.children?.[1]
    const inside = value === undefined ? '' : edited.slice(value.offset + 1, value.offset + value.length - 1)
    return /^\s*\n\s*$/.test(inside)
  })
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

/** @param name of the property that is added to an object; left out for an element of a list */
function insert(text: string, node: Node, depth: number, value: unknown, name?: string): string {
  const [unit, lineEnd] = [indentOf(text), endOfLine(text)]
  const indent = unit.repeat(depth + 1)
  const written = JSON.stringify(value, null, unit).replaceAll('\n', lineEnd + indent)
  const snippet = (node.type === 'object' ? `${JSON.stringify(name)}: ` : '') + written
  const last = node.children?.at(-1)
  const inside = text.slice(node.offset, node.offset + node.length)
  const newLine = /\n/.test(inside) ? lineEnd + indent : ''
  const at = last === undefined ? node.offset + 1 : last.offset + last.length
  return `${text.slice(0, at)}${last === undefined ? '' : ','}${newLine}${snippet}${text.slice(at)}`
}

/** What {@link insert} has put there is taken away to the byte. */
function without(text: string, node: Node): string {
  const siblings = node.parent?.children ?? []
  const index = siblings.indexOf(node)
  const end = node.offset + node.length
  const [previous, next] = [siblings[index - 1], siblings[index + 1]]
  if (previous !== undefined) return text.slice(0, previous.offset + previous.length) + text.slice(end)
  if (next !== undefined) return text.slice(0, node.offset) + text.slice(next.offset)
  return text.slice(0, (node.parent?.offset ?? 0) + 1) + text.slice(end)
}

function indentOf(text: string): string {
  return /\n([ \t]+)\S/.exec(text)?.[1] ?? '  '
}

function endOfLine(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n'
}
