import type { Environment } from '../../base/environment.js'
import { CoordError } from '../../base/errors.js'
import { parseHubUrl } from '../../record/hub-url.js'
import { readConfig } from '../config.js'
import type { Repo } from '../repo.js'
import { hubGiven, ownerGiven, type SpaceChoice } from '../space-choice.js'
import type { SpaceAddress } from './space-address.js'

/**
 * The space that a store is in step with, by the same precedence as for whoever asks its hub; `null`: it has none. What is
 * wrong with a name or an address is told by those who use it.
 */
export function chosenSpace(choice: SpaceChoice, env: Environment, repo: Repo): SpaceAddress | null {
  const config = readConfig(repo)
  const url = hubGiven(choice, env, config)
  const owner = ownerGiven(choice, env, config)
  const slug = choice.slug || env.MUSE_COORD_SLUG || config.slug
  if (!url || !owner || !slug) return null
  try {
    return { hub: parseHubUrl(url).base, owner, slug }
  } catch (error) {
    if (error instanceof CoordError && error.code === 'HUB_URL_INVALID') return null
    throw error
  }
}
