import type { Command } from './command.js'

/** By command: the plugin that registered it, as it was named. */
const origins = new WeakMap<object, string>()

/** Remembers whose commands these are. */
export function noteOrigins(commands: readonly unknown[], origin: string): void {
  for (const command of commands) {
    if (typeof command === 'object' && command !== null) origins.set(command, origin)
  }
}

/** The plugin that a command is of; `undefined`: it comes with this package. */
export function commandOrigin(command: Command): string | undefined {
  return origins.get(command)
}
