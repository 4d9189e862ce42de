import type { CommandOption, Flags } from '../../src/index.js'

const DEFAULT_TTL_SECONDS = 3600
const MAX_TTL_SECONDS = 365 * 24 * 3600

export const TTL_OPTION: CommandOption = {
  flag: '--ttl <seconds>',
  description: `How long the lease lasts unless it is renewed (default ${DEFAULT_TTL_SECONDS}).`,
}

/** `--ttl` in seconds. Throws `FLAG_VALUE`. */
export function readTtl(flags: Flags, defaultSeconds: number = DEFAULT_TTL_SECONDS): number {
  return flags.integer('ttl', { min: 1, max: MAX_TTL_SECONDS }) ?? defaultSeconds
}
