import https from 'node:https'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type ConnectionOptions, connect } from 'node:tls'
import { pinOfCertificate } from '../auth/certificate-pin.js'
import { coordError } from '../base/errors.js'
import type { CertificatePin } from '../record/certificate-pin.js'

/** Options of a request that goes through an agent of ours. */
export interface AgentOptions extends https.RequestOptions {
  /** The request's `signal` under a name that Node hands on to agents: until there is a socket, an abort ends none. */
  readonly ending?: AbortSignal
  /** What the certificate of the server is known by; `null` or left out: authorities vouch for it. */
  readonly pin?: CertificatePin | null
}

type Done = (error: Error | null, socket: Duplex) => void

/** Keeps connections to servers whose certificate is pinned. */
export class PinningAgent extends https.Agent {
  constructor() {
    super({ keepAlive: true, timeout: 5000 })
  }

  override createConnection(options: AgentOptions, done: Done): undefined {
    secure(options, done)
  }
}

/**
 * Opens TLS to a server, over a socket that is there or one of its own. Where a pin is known, the pin alone decides, and the
 * request gets its socket only after it has: nothing can have been sent to anybody else.
 */
export function secure({ pin, ending, ...options }: AgentOptions, done: Done, over?: Socket): void {
  const connection = { ...(options as ConnectionOptions), ...(over && { socket: over }) }
  if (pin === undefined || pin === null) {
    done(null, connect(connection))
    return
  }
  const socket = connect({ ...connection, rejectUnauthorized: false })
  const settle = (error: Error | null) => {
    socket.off('error', settle).off('close', closed)
    ending?.removeEventListener('abort', abort)
    if (error !== null) {
      socket.on('error', () => {}) // It is told of already.
      socket.destroy()
    }
    done(error, socket)
  }
  const closed = () => settle(new Error('the connection was closed before it was secure'))
  const abort = () => settle(ending?.reason instanceof Error ? ending.reason : new Error('aborted'))
  socket.once('error', settle).once('close', closed)
  ending?.addEventListener('abort', abort, { once: true })
  if (ending?.aborted) abort()
  socket.once('secureConnect', () => {
    const certificate = socket.getPeerX509Certificate()
    const shown = certificate === undefined ? 'none' : pinOfCertificate(certificate)
    settle(shown === pin ? null : coordError('HUB_CERTIFICATE', `${options.host}:${options.port}`, pin, shown))
  })
}
