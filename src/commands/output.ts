import type { Painted } from './paint.js'

/** What people read; a function where it costs something to write, which is called without `--json` only. */
export type Text = string | (() => string | Painted)

/** Where a command's words go. stdout is data only; everything else is stderr. */
export interface Output {
  /** Whether `--json` was given. */
  readonly json: boolean
  /** Whether stderr is a terminal that can show progress. */
  readonly interactive: boolean
  /** The width that tables may take, in characters; 0: no bound. */
  readonly columns: number
  /** Whether a person looks at stdout who wants colours. */
  readonly colours: boolean
  /**
   * Prints one finished thing now: with `--json` the object on a line of its own, after `schema_version` and `duration_ms`,
   * else the text. For commands that go on.
   *
   * @param beside fields of the document that are not the command's own
   */
  emit(result: object, text: Text, beside?: object): void
  /** Prints a text on stdout as it stands: of what has a form of its own, such as a protocol or a script. */
  print(text: string): void
  /** A line for people on stderr; nothing with `--json`, where the result must carry it. */
  note(line: string): void
  /** Replaces the progress line on a terminal; nothing elsewhere. */
  progress(line: string): void
}
