import type { Environment } from '../base/environment.js'
import type { Config } from './config.js'

/** Which space is meant. What is left out comes from the environment, then from `.muse/config.toml`. */
export interface SpaceChoice {
  /** Address of the hub; `MUSE_COORD_HUB`, `[hub] url` */
  readonly hub?: string | undefined
  /** `MUSE_COORD_OWNER`, `[coord] owner` */
  readonly owner?: string | undefined
  /** `MUSE_COORD_SLUG`, `[coord] slug` */
  readonly slug?: string | undefined
}

/** The address of the hub as it is given: outright, else by the environment, else by the settings. `''`: nowhere. */
export function hubGiven({ hub }: SpaceChoice, env: Environment, config: Config | null): string {
  return hub ?? (env.MUSE_COORD_HUB || config?.hubUrl || '')
}

/** The owner of the space likewise. */
export function ownerGiven({ owner }: SpaceChoice, env: Environment, config: Config | null): string {
  return owner ?? (env.MUSE_COORD_OWNER || config?.owner || '')
}
