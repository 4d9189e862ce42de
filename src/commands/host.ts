import type { InputReading } from '../files/standard-input.js'

/** Where the words of one run of the program go: the process's streams, or a test's. */
export interface Streams {
  stdout(text: string): void
  stderr(text: string): void
  /** Whether stderr is a terminal. */
  readonly interactive: boolean
  /** Width of the terminal in characters; 0: stdout is none. */
  readonly columns: number
  /** Whether colours are wanted there; left out: none. */
  readonly colours?: boolean
}

export type SignalListener = (signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'SIGQUIT') => void

/** What the program is run with. */
export interface Host {
  readonly streams: Streams
  readonly env: Readonly<Record<string, string | undefined>>
  /** The working directory, absolute. */
  readonly directory: string
  /** Aborts when the program should end. */
  readonly signal: AbortSignal
  /** Reads standard input, at most so many bytes; without it there is none. */
  readonly readInput?: (maxBytes: number) => Promise<InputReading>
  /** Done before the first plugin is imported. */
  readonly beforePlugins?: () => Promise<void>
  /** See `CommandCall.takeSignals`; without it signals stay with whoever runs this. */
  readonly takeSignals?: (listener: SignalListener) => void
  /** See `CommandCall.onHangUp`; without it the signal stays with whoever runs this. */
  readonly onHangUp?: (listener: () => void) => void
}
