import { problemOf } from '../base/errors.js'
import type { Session } from '../workspace/session.js'
import { isStoreThere } from '../workspace/store-there.js'
import { KEEPER_DUTY, type KeeperDuty } from './keeper-duty.js'
import { giveBackOfDead } from './leaving/give-back-of-dead.js'

/** What runs hold lasts for minutes, and a process that has ended shall keep nobody out for long. */
const PAUSE_MILLISECONDS = 10_000

const giveBack: KeeperDuty = {
  async perform(session) {
    await giveBackOfDead(session)
  },
}

/**
 * Does what the keeper of a store has to do beside its records, now and every few seconds: gives back what runs hold whose
 * process has ended, and what plugins register. One round at a time.
 *
 * @returns ends it; resolves when the last round has ended
 */
export function performDuties(session: Session): () => Promise<void> {
  const { container } = session
  const others = container.isRegistered(KEEPER_DUTY, true) ? container.resolveAll<KeeperDuty>(KEEPER_DUTY) : []
  let round: Promise<void> | null = null
  const begin = () => {
    round ??= roundOf(session, [giveBack, ...others]).finally(() => {
      round = null
    })
  }
  begin()
  const timer = setInterval(begin, PAUSE_MILLISECONDS)
  return async () => {
    clearInterval(timer)
    await round
  }
}

async function roundOf(session: Session, duties: readonly KeeperDuty[]): Promise<void> {
  for (const duty of duties) {
    try {
      const { signal, openedWorkspace } = session
      if (signal.aborted || (openedWorkspace !== undefined && !isStoreThere(openedWorkspace.repo))) return
      await duty.perform(session)
    } catch (error) {
      // The next round tries it again.
      session.note(`⚠️  ${problemOf(error)}`)
    }
  }
}
