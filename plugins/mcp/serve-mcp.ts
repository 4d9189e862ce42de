import { keep, problemOf, type Session } from '../../src/plugin.js'
import { processEnvironment } from '../agents/agent-run.js'
import type { McpStreams } from './connect-server.js'

export type { McpStreams } from './connect-server.js'

/**
 * Serves the verbs as tools of MCP until the input ends, or the session's signal aborts. What runs get by it ends with the
 * process that has started this one, as what they get by their shells does.
 *
 * @param streams the process's own when left out
 */
export async function serveMcp(session: Session, streams: McpStreams = process): Promise<void> {
  const ending = new AbortController()
  const served = session.with({
    signal: AbortSignal.any([session.signal, ending.signal]),
    env: { ...processEnvironment(), ...session.env },
  })
  let keeping: Promise<void> | undefined
  let told: string | null = null
  const keepStore = () => {
    if (keeping !== undefined || !hasStore(served)) return
    keeping = keepUntilFault(served).then((fault) => {
      if (fault !== null && fault !== told) session.note(`⚠️  This store is not kept in step: ${fault}`)
      told = fault
      keeping = undefined
    })
  }
  keepStore()
  const { connectServer } = await import('./connect-server.js')
  // Whoever makes the store while this runs, or mends what kept it from being kept, has it kept from the next call on.
  await connectServer(served, streams, keepStore)
  ending.abort()
  await keeping
}

function hasStore(session: Session): boolean {
  try {
    return session.workspace.repo.coordination.isThere()
  } catch {
    return false // what is wrong with the store, the tool says that needs it
  }
}

/** Resolves to what it ended by, `null`: with the session. Without the keeper every tool works: each asks the hub itself where it has to. */
async function keepUntilFault(session: Session): Promise<string | null> {
  try {
    await keep(session, { needsNoHub: true, onEvent() {} })
    return null
  } catch (thrown) {
    return session.signal.aborted ? null : problemOf(thrown)
  }
}
