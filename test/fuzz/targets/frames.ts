import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect } from '../../../src/workspace/connect.js'
import { resolveTarget } from '../../../src/workspace/target.js'
import { openWorkspace } from '../open-workspace.js'
import { toldOrThrow } from '../promises.js'
import type { Target } from '../target.js'

/** The stream of a false hub, as `sync watch` reads it. */
export const frames: Target = {
  name: 'frames',
  seeds: [
    ': hello\n\nevent: cursor\nid: 12\ndata: {"cursor":12,"epoch":"e"}\n\n',
    'retry: 500\n\ndata: {"cursor":1,"epoch":"e"}\n\n: \n\nid: 13\ndata: {"cursor":13,\ndata: "epoch":"e"}\n\n',
    '\ufeffevent: cursor\r\nid: 7\r\ndata: {"cursor":7}\r\n\r\n',
  ],
  words: ['data:', 'id:', 'event:', 'retry:', 'cursor', 'epoch', '\n\n', '\r', 'event: end'],
  async start(directory) {
    let stream: Buffer = Buffer.alloc(0)
    const server = http.createServer((request, response) => {
      request.resume()
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end(stream)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { session } = await openWorkspace(directory, `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const client = await connect(session, resolveTarget(session))
    return {
      async take(input) {
        stream = input
        try {
          for await (const cursor of client.watch('ow', 'sp', 0, session.signal)) {
            if (cursor !== null && !(Number.isSafeInteger(cursor) && cursor >= 0))
              throw new Error(`no cursor: ${cursor}`)
          }
        } catch (thrown) {
          toldOrThrow(thrown)
        }
      },
      async close() {
        server.closeAllConnections()
        server.close()
      },
    }
  },
}
