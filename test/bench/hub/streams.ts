import http from 'node:http'
import type { Signer } from '../../support/start-hub.js'

/** Open watch streams, and what is done with the cursors that come on them. */
export interface Streams {
  onCursor: (cursor: number) => void
  close(): void
}

/** Opens so many streams on a space; resolves when all stand. */
export async function openStreams(signer: Signer, space: string, count: number, sinceId: number): Promise<Streams> {
  const agent = new http.Agent({ maxSockets: Number.POSITIVE_INFINITY })
  const streams: Streams = {
    onCursor: () => undefined,
    close: () => agent.destroy(),
  }
  const path = `/${space}/coord/watch?since_id=${sinceId}`
  for (let opened = 0; opened < count; opened++) {
    await new Promise<void>((resolve, reject) => {
      const request = http.get(
        signer.url + path,
        { agent, headers: { authorization: signer.authorize(path) } },
        (answer) => {
          if (answer.statusCode !== 200) reject(new Error(`a stream was answered ${answer.statusCode}`))
          answer.setEncoding('utf8')
          answer.on('data', (text: string) => {
            for (const [, id] of text.matchAll(/^id: (\d+)$/gm)) streams.onCursor(Number(id))
          })
          // Its end comes with that of the agent.
          answer.on('error', () => undefined)
          resolve()
        },
      )
      request.on('error', reject)
    })
  }
  return streams
}
