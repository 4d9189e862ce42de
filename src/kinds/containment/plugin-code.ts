/** Whose code runs. */
export interface PluginCode {
  /** The plugin, as it was named. */
  readonly origin: string
  /** What of it was called: `holds of the kind "lock"`. */
  readonly what: string
}

/** Places in {@link progress}. */
export const TURNS = 0
const CALLS = 1

/** Counts the turns of the event loop, and the calls of plugins' code and returns from it: a watchdog sees by them that it goes on. */
export const progress = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT))

let running: PluginCode | null = null

/** The plugin whose code runs now; `null`: the program's own, or what a plugin goes on with after it has waited. */
export function runningPlugin(): PluginCode | null {
  return running
}

/** Runs code of a plugin, up to where it first waits. */
export function inPluginCode<T>(code: PluginCode, run: () => T): T {
  const outer = running
  running = code
  Atomics.add(progress, CALLS, 1)
  try {
    return run()
  } finally {
    running = outer
    Atomics.add(progress, CALLS, 1)
  }
}
