import { stringifyWithTexts } from '../base/json/json-text.js'
import { toWire } from '../record/wire.js'
import type { Streams } from './host.js'
import type { Output, Text } from './output.js'

/** Of the JSON that commands print: it changes when a program that reads it has to. */
const SCHEMA_VERSION = '1'

/** The output of one command on a pair of streams. */
export class Terminal implements Output {
  #progressShown = false

  /** @param elapsedMs since the command began */
  constructor(
    private readonly streams: Streams,
    readonly json: boolean,
    private readonly elapsedMs: () => number,
  ) {}

  get interactive(): boolean {
    return this.streams.interactive && !this.json
  }

  get columns(): number {
    return this.streams.columns
  }

  emit(result: object, text: Text): void {
    this.progress('')
    const common = { schemaVersion: SCHEMA_VERSION, durationMs: this.elapsedMs() }
    this.streams.stdout(
      `${this.json ? jsonLine(toWire({ ...common, ...result })) : printable(typeof text === 'string' ? text : text())}\n`,
    )
  }

  note(line: string): void {
    if (this.json) return
    this.progress('')
    this.streams.stderr(`${oneLine(line)}\n`)
  }

  progress(line: string): void {
    if ((line === '' && !this.#progressShown) || !this.interactive) return
    this.streams.stderr(`\r\u001B[K${oneLine(line).slice(0, this.columns > 0 ? this.columns - 1 : undefined)}`)
    this.#progressShown = line !== ''
  }
}

/** Control characters but for newline and tab, line ends of other scripts, and marks that turn the direction of writing. */
const STEERING = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028\u2029\u202A-\u202E\u2066-\u2069]/g

/**
 * Text without what could steer a terminal, for hubs and files may hold anything. The invisible marks that turn the
 * direction of writing go too: they can make a line read as another.
 */
export function printable(text: string): string {
  return text.replace(STEERING, '')
}

/** The same on one line: what a hub or a file says must not pass for a line of ours. */
export function oneLine(text: string): string {
  return printable(text.replace(/[\r\n]+/g, ' '))
}

/** A value as JSON on one line, with nothing in it that could steer a terminal: what could is written as `\uXXXX`. */
export function jsonLine(value: unknown): string {
  return stringifyWithTexts(value).replace(
    STEERING,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
