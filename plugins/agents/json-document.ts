import { getNodeValue, type Node, type ParseError, parseTree } from 'jsonc-parser'

/**
 * A document that is there for what is added to it alone.
 *
 * @param text that says nothing; `null`: there is no file. One that is empty is known later by the empty line before the document
 */
export function emptyDocument(text: string | null): string {
  if (text === null) return '{\n}\n'
  const lineEnd = endOfLine(text)
  return `${text}${lineEnd}{${lineEnd}}${lineEnd}`
}

/** What stood there before a document was made by {@link emptyDocument}, or the text where more than that is left of it. */
export function restOfDocument(text: string): string | null {
  const [, blank] = /^(?:(\s*?)\r?\n)?\{\r?\n\}\r?\n$/.exec(text) ?? [null, text]
  return blank ?? null
}

/** The object that a text of JSON with comments is; `null`: it is none. */
export function rootOf(text: string): Node | null {
  const errors: ParseError[] = []
  const root = parseTree(text, errors, { allowTrailingComma: true })
  return root?.type === 'object' && errors.length === 0 ? root : null
}

/** What a node says, in plain objects: those of the parser have no prototype, and equal none that does. */
export function plainValue(node: Node): unknown {
  return JSON.parse(JSON.stringify(getNodeValue(node)))
}

/**
 * Puts a value at the end of a list or an object, in lines of its own.
 *
 * @param depth of the node below the root
 * @param name of the member that is added to an object; left out for an element of a list
 */
export function insert(text: string, node: Node, depth: number, value: unknown, name?: string): string {
  const snippet = (node.type === 'object' ? `${JSON.stringify(name)}: ` : '') + written(text, depth + 1, value)
  const last = node.children?.at(-1)
  const inside = text.slice(node.offset, node.offset + node.length)
  const newLine = /\n/.test(inside) ? endOfLine(text) + indentOf(text).repeat(depth + 1) : ''
  const at = last === undefined ? node.offset + 1 : last.offset + last.length
  return `${text.slice(0, at)}${last === undefined ? '' : ','}${newLine}${snippet}${text.slice(at)}`
}

/** A value as the document writes its own. */
export function written(text: string, depth: number, value: unknown): string {
  const unit = indentOf(text)
  return JSON.stringify(value, null, unit).replaceAll('\n', endOfLine(text) + unit.repeat(depth))
}

/** What {@link insert} has put there is taken away to the byte. */
export function without(text: string, node: Node): string {
  const siblings = node.parent?.children ?? []
  const index = siblings.indexOf(node)
  const end = node.offset + node.length
  const [previous, next] = [siblings[index - 1], siblings[index + 1]]
  if (previous !== undefined) return text.slice(0, previous.offset + previous.length) + text.slice(end)
  if (next !== undefined) return text.slice(0, node.offset) + text.slice(next.offset)
  return text.slice(0, (node.parent?.offset ?? 0) + 1) + text.slice(end)
}

/** Whether nothing is left in a member's list or object that was written for what it held: over several lines. */
export function isEmptied(text: string, member: Node): boolean {
  const value = member.children?.[1]
  const inside = value === undefined ? '' : text.slice(value.offset + 1, value.offset + value.length - 1)
  return /^\s*\n\s*$/.test(inside)
}

function indentOf(text: string): string {
  return /\n([ \t]+)\S/.exec(text)?.[1] ?? '  '
}

function endOfLine(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n'
}
