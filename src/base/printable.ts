import { stringifyWithTexts } from './json/json-text.js'

/**
 * Control characters but for newline and tab, line ends of other scripts, and what Unicode says is not shown: marks that
 * turn the direction of writing, and characters by which a text says to a program or a model what no person sees. What joins
 * or varies the visible character right before it stays.
 */
const STEERING = new RegExp(
  String.raw`[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u2028\u2029\uFFF9-\uFFFB[\p{DI}--[\u200C\u200D\uFE0E\uFE0F]]]` +
    String.raw`|(?<![^\p{DI}\s]\uFE0F?)[\u200C\u200D\uFE0E\uFE0F]`,
  'gv',
)

/** Text without what could steer a terminal or speak unseen: hubs and files may hold anything. */
export function printable(text: string): string {
  return text.replace(STEERING, '')
}

/** The same on one line: what a hub or a file says must not pass for a line of ours. */
export function oneLine(text: string): string {
  return printable(text.replace(/[\r\n]+/g, ' '))
}

const JSON_STRING = /"(?:[^"\\]|\\.)*"/g

/** A JSON text without what could speak unseen in its names and strings, escaped or not. Numbers stay as they are spelt. */
export function printableJson(json: string): string {
  return json.replace(JSON_STRING, (token) => {
    const said: string = JSON.parse(token)
    const shown = printable(said)
    return shown === said ? token : JSON.stringify(shown)
  })
}

/** A value as JSON on one line, with nothing in it that could steer a terminal: what could is written as `\uXXXX`. */
export function jsonLine(value: unknown): string {
  return stringifyWithTexts(value).replace(STEERING, escaped)
}

function escaped(character: string): string {
  const units = character.split('')
  return units.map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')
}
