import { printable } from '../base/printable.js'

/** Markup that is safe to send as it is. Only {@link html} makes it. */
export class Html {
  constructor(readonly text: string) {}
}

export type HtmlPart = Html | string | number | null | readonly HtmlPart[]

/** A template whose values are escaped, in text and in quoted attributes: records hold whatever strangers wrote. */
export function html(texts: TemplateStringsArray, ...parts: readonly HtmlPart[]): Html {
  return new Html(texts.reduce((text, next, index) => text + spelt(parts[index - 1] ?? null) + next))
}

function spelt(part: HtmlPart): string {
  if (part === null) return ''
  if (part instanceof Html) return part.text
  if (typeof part === 'object') return part.map(spelt).join('')
  return printable(String(part)).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

const LONGEST = 160

/** The beginning of a text that may be of any length, so that no record makes a page too large to be read. */
export function brief(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}…`
}
