import { describe, expect, it } from '@jest/globals'
import { coordError } from '../../src/base/errors.js'
import { changeFeed } from '../../src/hub-client/change-feed.js'
import type { HubClient } from '../../src/hub-client/hub-client.js'

/** The pauses of a feed over streams that come one after the other, in milliseconds. */
async function pausesOf(streams: readonly (() => AsyncGenerator<number | null>)[]): Promise<number[]> {
  const ended = new AbortController()
  let next = 0
  const client = { watch: () => (streams[next++] as () => AsyncGenerator<number | null>)() } as unknown as HubClient
  const pauses: number[] = []
  const { signal } = ended
  for await (const change of changeFeed(client, { owner: 'ada', slug: 's', sinceId: 0, signal, firstPauseMs: 4 })) {
    if (change.event === 'disconnected') pauses.push(change.retryMs)
    if (pauses.length === streams.length) ended.abort()
  }
  return pauses
}

async function* endingAtOnce(): AsyncGenerator<number | null> {
  yield null
}

// biome-ignore lint/correctness/useYield: it fails before it stands
async function* failing(): AsyncGenerator<number | null> {
  throw coordError('HUB_BUSY')
}

async function* standing(): AsyncGenerator<number | null> {
  yield null
  await new Promise((resolve) => setTimeout(resolve, 200))
  yield 1
}

describe('a feed of changes', () => {
  it('pauses longer and longer for a hub that ends each stream as soon as it stands, or does not open one', async () => {
    for (const stream of [endingAtOnce, failing]) {
      const pauses = await pausesOf(Array(6).fill(stream))
      expect(pauses[5]).toBeGreaterThan(10 * (pauses[0] as number))
    }
  })

  it('comes back soon after a stream that stood', async () => {
    const pauses = await pausesOf([failing, failing, failing, standing])
    expect(pauses[3]).toBeLessThan(pauses[2] as number)
  })
})
