import type { CommandOption } from '../command.js'

export const HUB_OPTION = {
  flag: '--hub <url>',
  description: 'The hub (else MUSE_COORD_HUB, else [hub] url in .muse/config.toml).',
} as const satisfies CommandOption

/** The flags that say where to sync, shared by all commands that talk to a space. */
export const SYNC_OPTIONS = [
  HUB_OPTION,
  { flag: '--owner <name>', description: 'Owner of the space (else MUSE_COORD_OWNER, else [coord] owner).' },
  { flag: '--slug <name>', description: 'Name of the space (else MUSE_COORD_SLUG, else [coord] slug).' },
] as const satisfies readonly CommandOption[]

export const KINDS_OPTION = {
  flag: '--kinds <kind>',
  description: 'Only these kinds: several words, a repeated flag and commas all work.',
  multiple: true,
  takesKinds: true,
} as const satisfies CommandOption

/** What exit codes mean where a hub is talked to. */
export const SYNC_EXIT_CODES: Readonly<Record<number, string>> = {
  0: 'done, also when there was nothing to do',
  1: 'bad arguments, no identity, or the hub failed',
  130: 'interrupted; what was acknowledged is recorded',
}
