/** Something that ends with others, or by itself. */
export interface Ending {
  /** Aborts when the first of the others does, for the same reason, and when this is ended. */
  readonly signal: AbortSignal
  /** Ends it, and lets go of the others; called however the work ends. */
  end(): void
}

/**
 * Work that ends when one of these signals aborts. Unlike `AbortSignal.any` it leaves nothing with a signal that lives on when it
 * is over: that keeps up to two kilobytes for each request of a process that runs for weeks.
 */
export function endingWith(...signals: readonly AbortSignal[]): Ending {
  const controller = new AbortController()
  const listeners = signals.map((signal) => ({ signal, abort: () => controller.abort(signal.reason) }))
  for (const { signal, abort } of listeners) {
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
  }
  return {
    signal: controller.signal,
    end() {
      for (const { signal, abort } of listeners) signal.removeEventListener('abort', abort)
      controller.abort()
    },
  }
}
