import type { ServerResponse } from 'node:http'
import { LocalChanges } from '../workspace/local-changes.js'
import type { Session } from '../workspace/session.js'

/** Ages go on while nothing changes, and some file systems tell nobody of a change. */
const LOOK_MILLISECONDS = 5000
/** Many changes at once are one. */
const TOGETHER_MILLISECONDS = 50
const MOST_STREAMS = 16

/** Tells browsers, by one watch for all of them, that the store may have changed. */
export class Changes {
  readonly #streams = new Set<ServerResponse>()
  readonly #stop = new AbortController()

  constructor(private readonly session: Session) {}

  /** Answers by a stream of `change` events; 503 where there are as many as can be. */
  add(response: ServerResponse): void {
    if (this.#streams.size >= MOST_STREAMS) {
      response.writeHead(503, { 'Retry-After': '5' }).end()
      return
    }
    response.writeHead(200, { 'Content-Type': 'text/event-stream' })
    response.write('retry: 2000\n\n')
    this.#streams.add(response)
    response.on('close', () => this.#streams.delete(response))
  }

  /** Watches until it is closed. Rejects where the store cannot be watched. */
  async watch(): Promise<void> {
    const { workspace, registry } = this.session
    const changes = new LocalChanges(workspace.repo, registry.all)
    const { signal } = this.#stop
    try {
      for (;;) {
        await changes.next(LOOK_MILLISECONDS, signal)
        for (const stream of this.#streams) stream.write('event: change\ndata:\n\n')
        await new Promise((resolve) => setTimeout(resolve, TOGETHER_MILLISECONDS))
      }
    } catch (error) {
      // To be closed is how it ends.
      if (!signal.aborted) throw error
    } finally {
      changes.close()
    }
  }

  close(): void {
    this.#stop.abort()
    for (const stream of this.#streams) stream.end()
  }
}
