import { freshness, type KeeperProgram, keeperFault, type Session, startKeeper } from '../../src/plugin.js'

/**
 * Has a store that others write to kept in step while an agent works: what the hook reserves by the store alone is carried to
 * the others by that, and theirs to it.
 *
 * @param isStart one whose last keeper failed is tried again at a session's start, and not after each tool
 */
export function keepStore(session: Session, program: KeeperProgram | undefined, isStart: boolean): void {
  if (program === undefined || freshness(session).hub === null) return
  if (isStart || keeperFault(session.workspace.repo) === null) startKeeper(session, program)
}
