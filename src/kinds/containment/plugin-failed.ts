import { CoordError, coordError, problemOf } from '../../base/errors.js'
import type { Kind } from '../kind.js'
import { placeOf } from './loaded-plugins.js'

/** What a plugin's own code has thrown, with the place of it. What it threw as an error of this program stays one. */
export function pluginFailed(origin: string, thrown: unknown, where = ''): CoordError {
  if (thrown instanceof CoordError) return thrown
  return Object.assign(coordError('PLUGIN_FAILED', origin, where + problemWithPlace(thrown)), { cause: thrown })
}

/** What a kind of a plugin has thrown, or answered that cannot be used. */
export function kindFailed(origin: string, { name }: Kind, callback: keyof Kind, thrown: unknown): CoordError {
  return Object.assign(coordError('KIND_FAILED', origin, name, callback, problemWithPlace(thrown)), { cause: thrown })
}

/** The first line of what was thrown, and where: strangers' messages may have many. */
function problemWithPlace(thrown: unknown): string {
  const [problem] = problemOf(thrown).trim().split('\n', 1)
  const place = placeOf(thrown)
  return `${problem}${place === null ? '' : ` (${place})`}`
}
