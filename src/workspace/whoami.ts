import { CoordError } from '../base/errors.js'
import { type NamedRun, runOfEnvironment } from './run-id.js'
import type { Session } from './session.js'

/** Who works here, and where what is said and written goes. */
export interface Whoami {
  /** `null`: nothing names a run; verbs that need one refuse. */
  readonly runId: string | null
  /** What named it: `--run-id`, `MUSE_COORD_RUN_ID`, `CLAUDE_CODE_SESSION_ID` … */
  readonly from: string | null
  /** The top of the tree in which addresses are read; `null` outside of a repository. */
  readonly tree: string | null
  /** The store that it shares with every other working tree of the repository. */
  readonly store: string | null
}

/**
 * Tells which run this is, in which tree, and which store it writes to.
 *
 * @param named the run, where it was named outright; else the environment is asked
 */
export function whoami(session: Session, named: NamedRun | null = runOfEnvironment(session.env)): Whoami {
  const run = { runId: named?.runId ?? null, from: named?.from ?? null }
  try {
    const { tree, coordination } = session.workspace.repo
    return { ...run, tree, store: coordination.path }
  } catch (error) {
    if (error instanceof CoordError && error.status === 'not_a_repo') return { ...run, tree: null, store: null }
    throw error
  }
}
