import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { coordError, problemOf } from '../base/errors.js'
import { randomHex } from '../base/node-crypto.js'
import type { Session } from '../workspace/session.js'
import { answer, plain } from './answer.js'
import { Changes } from './changes.js'
import { addressOf, judgeRequest } from './gate.js'

export interface ServedUi {
  /** What is opened in a browser; it bears the token. */
  readonly link: string
  close(): Promise<void>
}

const HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy':
    "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
}

const TOKEN_BYTES = 32

/**
 * Serves the pages of the session's store on the loopback of this machine, until it is closed. Nothing is written.
 *
 * @param port 0 takes a free one
 */
export async function serveUi(
  session: Session,
  { port = 0 }: { readonly port?: number | undefined } = {},
): Promise<ServedUi> {
  // Asked for before anything listens: where there is no store there is nothing to serve.
  const { repo } = session.workspace
  const token = randomHex(TOKEN_BYTES)
  const changes = new Changes(session)
  let own = 0
  const server = createServer((request, response) => {
    respond(request, response, { session, changes, port: own, token }).catch((error: unknown) => {
      session.note(`A page of ${repo.root} was not answered: ${problemOf(error)}`)
      response.destroy()
    })
  })
  own = await listen(server, port)
  changes.watch().catch((error: unknown) => session.note(`Pages are not renewed by themselves: ${problemOf(error)}`))
  return {
    link: `http://127.0.0.1:${own}/?token=${token}`,
    close: () =>
      new Promise((resolve) => {
        changes.close()
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

interface Serving {
  readonly session: Session
  readonly changes: Changes
  readonly port: number
  readonly token: string
}

async function respond(request: IncomingMessage, response: ServerResponse, serving: Serving): Promise<void> {
  const { session, changes, port, token } = serving
  for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value)
  const passage = judgeRequest(request, port, token)
  if (!passage.passes && passage.status === 303) {
    response.writeHead(303, { Location: passage.location, 'Set-Cookie': passage.cookie }).end()
    return
  }
  const address = addressOf(request.url ?? '/')
  if (passage.passes && address.pathname === '/changes' && request.method === 'GET') {
    changes.add(response)
    return
  }
  if (!passage.passes && passage.status === 405) response.setHeader('Allow', 'GET, HEAD')
  const { status, type, text, location } = passage.passes
    ? await answer(session, address)
    : plain(passage.status, passage.why)
  if (location !== undefined) response.setHeader('Location', location)
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(text) })
  response.end(request.method === 'HEAD' ? undefined : text)
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(coordError('UI_LISTEN_FAILED', port, problemOf(error))))
    server.listen({ host: '127.0.0.1', port }, () => resolve((server.address() as AddressInfo).port))
  })
}
