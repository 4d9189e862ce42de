import http from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { cleanUp } from './clean-up.js'

export interface ForwardProxy {
  readonly url: string
  /** What it was asked for: `CONNECT hub.test:443`, `GET http://hub.test/…`. */
  readonly asked: string[]
  readonly credentials: (string | undefined)[]
}

/** A proxy as companies have one. Whatever name it is asked for, it goes to this machine; `null` answers nobody. */
export async function startForwardProxy(status: number | null = 200): Promise<ForwardProxy> {
  const asked: string[] = []
  const credentials: (string | undefined)[] = []
  const server = http.createServer((incoming, response) => {
    const { method, url = '', headers } = incoming
    asked.push(`${method} ${url}`)
    credentials.push(headers['proxy-authorization'])
    if (status !== null && status >= 400) return response.writeHead(status, { 'content-type': 'text/html' }).end('No')
    const { port, pathname, search } = new URL(url)
    const outgoing = http.request({ port, path: pathname + search, method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    incoming.pipe(outgoing)
  })
  server.on('connect', ({ url = '', headers }, socket) => {
    asked.push(`CONNECT ${url}`)
    credentials.push(headers['proxy-authorization'])
    if (status === null) return
    if (status !== 200) return socket.end(`HTTP/1.1 ${status} No\r\n\r\n`)
    const tunnel = connect(Number(url.split(':').at(-1)), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      tunnel.pipe(socket).pipe(tunnel)
    })
    tunnel.on('error', () => socket.destroy())
    socket.on('error', () => tunnel.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const sockets = new Set<{ destroy(): void }>()
  server.on('connection', (socket) => sockets.add(socket))
  cleanUp(() => {
    for (const socket of sockets) socket.destroy()
    return new Promise((resolve) => server.close(resolve))
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, credentials }
}
