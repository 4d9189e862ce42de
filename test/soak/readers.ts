import { setTimeout as sleep } from 'node:timers/promises'
import { changeFeed } from '../../src/hub-client/change-feed.js'
import type { HubClient } from '../../src/hub-client/hub-client.js'
import { type Account, type SeenRecord, seenRecord } from './history.js'
import type { Random } from './random.js'
import type { RawClient } from './raw-client.js'

/** Somebody who follows a space from its beginning and remembers what came. */
export interface Reader extends Account {
  /** Up to where the hub said that it has everything. */
  readonly cursor: number
  /** Settles when the signal that it was started with is aborted. */
  readonly ended: Promise<void>
}

abstract class Following implements Reader {
  readonly records: SeenRecord[] = []
  cursor = 0
  abstract readonly of: string
  abstract readonly ended: Promise<void>

  /** One page. Tells whether there is more. */
  protected async page(client: RawClient, limit: number, signal: AbortSignal): Promise<boolean> {
    const page = await client.page(this.cursor, limit, () => signal.aborted)
    if (page === null) return false
    this.records.push(...page.records.map(seenRecord))
    this.cursor = page.cursor
    return page.has_more
  }
}

/** Asks as fast as it can. */
export class PollingReader extends Following {
  readonly of = 'the reader that polls'
  readonly ended: Promise<void>

  constructor(client: RawClient, random: Random, signal: AbortSignal) {
    super()
    this.ended = this.#run(client, random, signal)
  }

  async #run(client: RawClient, random: Random, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.page(client, random.between(1, 1000), signal)
      await sleep(random.between(0, 10))
    }
  }
}

/** Asks only when the watch stream says that there is something. */
export class WatchingReader extends Following {
  readonly ended: Promise<void>

  constructor(
    readonly of: string,
    client: RawClient,
    streams: HubClient,
    space: { owner: string; slug: string },
    signal: AbortSignal,
  ) {
    super()
    this.ended = this.#run(client, streams, space, signal)
  }

  async #run(
    client: RawClient,
    streams: HubClient,
    { owner, slug }: { owner: string; slug: string },
    signal: AbortSignal,
  ) {
    for await (const change of changeFeed(streams, { owner, slug, sinceId: 0, signal, firstPauseMs: 20 })) {
      if (change.event !== 'cursor') continue
      while (change.cursor > this.cursor && !signal.aborted) await this.page(client, 500, signal)
    }
  }
}
