import { isDeepStrictEqual } from 'node:util'
import { parse } from 'smol-toml'
import { isJsonObject } from '../record/record.js'

/**
 * Sets keys of one table of a TOML document and leaves everything else as it stands: comments, order, other keys. A key
 * that stands there as a comment (`# url = "…"`) is brought to life in its place; one whose value is `null` is taken out.
 *
 * @param table the name of a top-level table, unquoted
 * @returns the new text, or `null` when the document is laid out in a way that a line-wise edit would damage
 */
export function setTomlValues(
  text: string,
  table: string,
  values: Readonly<Record<string, string | null>>,
): string | null {
  const lineEnd = text.includes('\r\n') ? '\r\n' : '\n'
  const lines = text === '' ? [] : text.replace(/\r?\n$/, '').split(/\r?\n/)
  let header = lines.findIndex((line) => headerName(line) === table)
  if (header === -1) {
    if (lines.length > 0) lines.push('')
    header = lines.push(`[${tomlKey(table)}]`) - 1
  }
  for (const [key, value] of Object.entries(values)) setLine(lines, header, key, value && JSON.stringify(value))
  const edited = lines.join(lineEnd) + lineEnd
  return isTheIntendedChange(text, edited, table, values) ? edited : null
}

function setLine(lines: string[], header: number, key: string, value: string | null): void {
  const next = lines.findIndex((line, index) => index > header && /^\s*\[/.test(line))
  const end = next === -1 ? lines.length : next
  const find = (pattern: RegExp) =>
    lines.findIndex((line, index) => index > header && index < end && pattern.test(line))
  const present = find(new RegExp(`^\\s*${key}\\s*=`))
  if (value === null) {
    if (present !== -1) lines.splice(present, 1)
    return
  }
  if (present !== -1) {
    const comment = /^[^=]*=\s*(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^#"']*?)(\s*#.*)$/.exec(lines[present] ?? '')?.[1] ?? ''
    lines[present] = `${key} = ${value}${comment}`
    return
  }
  const asComment = find(new RegExp(`^\\s*#\\s*${key}\\s*=`))
  if (asComment !== -1) lines[asComment] = `${key} = ${value}`
  else lines.splice(lastLineWithText(lines, header, end) + 1, 0, `${key} = ${value}`)
}

function lastLineWithText(lines: readonly string[], header: number, end: number): number {
  for (let index = end - 1; index > header; index--) if (lines[index]?.trim()) return index
  return header
}

/** The edit knows lines, not TOML; the parser is the judge of whether it did what was meant, and only that. */
function isTheIntendedChange(
  before: string,
  after: string,
  table: string,
  values: Readonly<Record<string, string | null>>,
): boolean {
  try {
    const wanted: Record<string, unknown> = parse(before)
    const section = wanted[table] ?? {}
    if (!isJsonObject(section)) return false
    const kept = Object.entries({ ...section, ...values }).filter(([, value]) => value !== null)
    wanted[table] = Object.fromEntries(kept)
    return isDeepStrictEqual(plain(parse(after)), plain(wanted))
  } catch {
    return false // not even TOML, before or after
  }
}

/** The parser's tables have no prototype, and its dates are of a class of their own. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}

function headerName(line: string): string | null {
  const match = /^\s*\[\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([A-Za-z0-9_-]+))\s*\]\s*(?:#.*)?$/.exec(line)
  return match?.[1] ?? match?.[2] ?? match?.[3] ?? null
}

function tomlKey(name: string): string {
  return /^[A-Za-z0-9_-]+$/.test(name) ? name : JSON.stringify(name)
}
