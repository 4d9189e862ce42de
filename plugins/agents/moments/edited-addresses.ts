import path from 'node:path'
import { asCoordError, type Session } from '../../../src/plugin.js'
import { readAddresses } from '../../addresses/read-addresses.js'
import type { HookCall } from './moment.js'

/** Addresses of files that an edit is about, in the working tree that they lie in. */
export interface EditedAddresses {
  /** Of that tree. */
  readonly session: Session
  readonly addresses: readonly string[]
}

/** What no edit of is anybody's business: what git and this program keep for themselves. */
export const KEPT_INSIDE = /(^|\/)\.(git|muse)(\/|$)/

/**
 * The addresses of the files that an event names, by working tree. A file belongs to the tree that it lies in, wherever the
 * agent works; one that lies in no workspace is nobody's. The session of another tree lasts until the next is asked for.
 */
export function* editedAddresses({
  session,
  event,
}: Pick<HookCall, 'session' | 'event'>): Generator<EditedAddresses, void> {
  const trees = new Map<string, { session: Session; paths: string[] }>()
  for (const named of event.paths) {
    const whole = path.resolve(session.directory, named)
    const own = sessionAt(session, path.dirname(whole))
    if (own === null) continue
    const { tree } = own.workspace.repo
    const known = trees.get(tree)
    if (known === undefined) trees.set(tree, { session: own, paths: [whole] })
    else known.paths.push(whole)
  }
  for (const { session: own, paths } of trees.values()) {
    try {
      const addresses = readAddresses(own, paths).inside.filter((address) => !KEPT_INSIDE.test(address))
      if (addresses.length > 0) yield { session: own, addresses }
    } finally {
      if (own !== session) own.close()
    }
  }
}

/** The session of a directory, or of what is there of the way to it; `null`: it lies in no workspace. */
function sessionAt(session: Session, directory: string): Session | null {
  // Most files lie in the tree in which the agent works.
  const { workingTree, tree } = session.workspace.repo
  if (workingTree === null && isWithin(tree, directory)) return session
  const own = session.with({ directory })
  try {
    return own.workspace.repo.tree === tree ? session : own
  } catch (thrown) {
    const { code, status } = asCoordError(thrown)
    if (code === 'DIRECTORY_MISSING' && directory !== path.dirname(directory)) {
      return sessionAt(session, path.dirname(directory))
    }
    if (status === 'not_a_repo') return null
    throw thrown
  }
}

function isWithin(folder: string, whole: string): boolean {
  return whole === folder || whole.startsWith(folder + path.sep)
}
