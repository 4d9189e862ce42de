import { setTimeout as sleep } from 'node:timers/promises'
import type { Signer } from '../../support/start-hub.js'
import { batchesOf, bodyOf } from './rows.js'
import { answered } from './running-hubs.js'
import { openStreams } from './streams.js'

const PUSHES = 100
const PAUSE_MS = 30

/** Milliseconds from the moment that a push of one record is sent to that at which the news of it is with each reader. */
export async function measureWatch(writer: Signer, reader: Signer, readers: number, slug: string): Promise<number[]> {
  const push = (body: Buffer) =>
    answered<{ cursor: number }>(
      writer.fetch(`/ada/${slug}/coord/push`, { method: 'POST', body, headers: { 'content-encoding': 'gzip' } }),
    )
  const [first, ...bodies] = batchesOf(PUSHES + 1, slug)
    .flat()
    .map((row) => bodyOf([row]))
  const { cursor } = await push(first as Buffer)
  const streams = await openStreams(reader, `ada/${slug}`, readers, cursor)
  const latencies: number[] = []
  let sentAt = 0
  streams.onCursor = () => latencies.push(performance.now() - sentAt)
  try {
    for (const [index, body] of bodies.entries()) {
      sentAt = performance.now()
      await push(body)
      const end = performance.now() + 10_000
      while (latencies.length < readers * (index + 1)) {
        if (performance.now() > end) throw new Error(`${latencies.length} of ${readers * (index + 1)} news came`)
        await sleep(PAUSE_MS)
      }
      // The kernel's timers tick alike; pushes shall not fall on them.
      await sleep(Math.random() * PAUSE_MS)
    }
  } finally {
    streams.close()
  }
  return latencies
}
