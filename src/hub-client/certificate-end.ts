import { connect } from 'node:tls'

const PATIENCE_MILLISECONDS = 5000

/**
 * Until when the certificate of an https address is valid: milliseconds since 1970; `null`: it cannot be told. Whether it is
 * believed is not asked here: every other request does that.
 */
export function certificateEnd(origin: string): Promise<number | null> {
  const { hostname, port } = new URL(origin)
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port || 443), servername: host, rejectUnauthorized: false })
    const end = (until: number | null) => {
      socket.destroy()
      resolve(until)
    }
    socket.setTimeout(PATIENCE_MILLISECONDS, () => end(null))
    socket.once('error', () => end(null))
    socket.once('secureConnect', () => {
      const until = Date.parse(socket.getPeerCertificate().valid_to ?? '')
      end(Number.isNaN(until) ? null : until)
    })
  })
}
