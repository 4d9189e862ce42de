import { toWire } from '../spelling.js'
import type { Output } from './output.js'

/** Where the words of one run of the program go: the process's streams, or a test's. */
export interface Streams {
  stdout(text: string): void
  stderr(text: string): void
  /** Whether stderr is a terminal. */
  readonly interactive: boolean
  /** Width of the terminal in characters. */
  readonly columns: number
}

/** The output of one command on a pair of streams. */
export class Terminal implements Output {
  #progressShown = false

  constructor(
    private readonly streams: Streams,
    readonly json: boolean,
  ) {}

  get interactive(): boolean {
    return this.streams.interactive && !this.json
  }

  get columns(): number {
    return this.streams.columns
  }

  emit(result: object, text: string): void {
    this.progress('')
    this.streams.stdout(this.json ? `${JSON.stringify(toWire(result))}\n` : `${printable(text)}\n`)
  }

  note(line: string): void {
    if (this.json) return
    this.progress('')
    this.streams.stderr(`${printable(line)}\n`)
  }

  progress(line: string): void {
    if (!this.interactive || (line === '' && !this.#progressShown)) return
    this.streams.stderr(`\r\u001B[K${printable(line).slice(0, this.columns - 1)}`)
    this.#progressShown = line !== ''
  }
}

/**
 * Text without control characters, save newline and tab: what hubs and files hold must not steer a terminal.
 * The invisible marks that turn the direction of writing go too, for they can make a line read as another.
 */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u200E\u200F\u202A-\u202E\u2066-\u2069]/g, '')
}
