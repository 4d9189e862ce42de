import { jsonLine, oneLine, printable } from '../base/printable.js'
import { toWire } from '../record/wire.js'
import type { Streams } from './host.js'
import type { Output, Text } from './output.js'
import { Painted } from './paint.js'

/** Of the JSON that commands print: it changes when a program that reads it has to. */
const SCHEMA_VERSION = '1'

/** The output of one command on a pair of streams. */
export class Terminal implements Output {
  #progressShown = false

  /**
   * @param elapsedMs since the command began
   * @param spell how results are spelt: those of a plugin's command as it wrote them
   */
  constructor(
    private readonly streams: Streams,
    readonly json: boolean,
    private readonly elapsedMs: () => number,
    private readonly spell: (result: object) => object = toWire,
  ) {}

  get interactive(): boolean {
    return this.streams.interactive && !this.json
  }

  get columns(): number {
    return this.streams.columns
  }

  get colours(): boolean {
    return this.streams.colours ?? false
  }

  emit(result: object, text: Text, beside: object = {}): void {
    this.progress('')
    const line = this.json ? jsonLine(this.#document(result, beside)) : shown(text)
    if (line !== '') this.streams.stdout(`${line}\n`)
  }

  #document(result: object, beside: object): object {
    const common = { schemaVersion: SCHEMA_VERSION, durationMs: this.elapsedMs() }
    return { ...toWire(common), ...this.spell(result), ...toWire(beside) }
  }

  print(text: string): void {
    this.progress('')
    this.streams.stdout(text)
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

function shown(text: Text): string {
  const given = typeof text === 'string' ? text : text()
  return given instanceof Painted ? given.text : printable(given)
}
