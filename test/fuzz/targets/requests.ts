import { connect } from 'node:net'
import { startHub } from '../../support/start-hub.js'
import { checkAnswer } from '../promises.js'
import type { Target } from '../target.js'

const head = (target: string, ...lines: string[]) =>
  [`GET ${target} HTTP/1.1`, 'Host: 127.0.0.1', ...lines, '', ''].join('\r\n')
/** Where it stands the owner of the space signs, whatever else there is. */
const SIGNED = 'Authorization: SIGNED'
const LIMIT_MILLISECONDS = 5000

/** Heads of requests as bytes on a socket: paths, cursors, ids, headers, by anybody. */
export const requests: Target = {
  name: 'requests',
  seeds: [
    head('/ow/sp/coord/pull?since_id=0&limit=500&kinds=reservation&kinds=claim', 'Connection: close'),
    head('/ow/sp/coord/watch?since_id=12', 'Accept: text/event-stream', 'Last-Event-ID: 12'),
    head('/api/auth/keys', SIGNED, 'Connection: close'),
    head(
      '/api/repos/ow/sp',
      'Authorization: MSign handle="ow" alg="ed25519" ts=1767225600 sig="AAAA"',
      'Accept-Encoding: gzip',
    ),
    head('/ow/sp/coord/pull?since_id=1&limit=2&kinds=note,task&seen=1.abc', SIGNED),
    head('/ow/sp/coord/watch?since_id=1&seen=1.abc', SIGNED, 'Last-Event-ID: 1'),
    head('/api/repos/ow/sp/log?before=7&limit=3', SIGNED),
    `PUT /api/repos/ow/sp/members/ow HTTP/1.1\r\nHost: 127.0.0.1\r\n${SIGNED}\r\nContent-Length: 0\r\n\r\n`,
    `DELETE /api/repos/ow/sp/members/other HTTP/1.1\r\nHost: 127.0.0.1\r\n${SIGNED}\r\n\r\n`,
    head('/openapi.json', 'X-Request-Id: 7', 'Forwarded: for=1.2.3.4', 'X-Forwarded-For: 1.2.3.4'),
    `POST /ow/sp/coord/push HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 14\r\n\r\n{"records":[]}`,
    `PUT /api/repos/ow/sp HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{}\n\r\n0\r\n\r\n`,
  ],
  words: [
    'since_id=',
    'limit=',
    'before=',
    'seen=',
    'Last-Event-ID: ',
    'Last-Event-ID: 1e1',
    'kinds=',
    'coord/',
    '/metrics',
    '/readyz',
    'Host: a',
    'Content-Length: 5',
    'Expect: 100-continue',
    'Upgrade: h2c',
  ],
  async start() {
    const hub = await startHub()
    const { port, host } = new URL(hub.url)
    // What is not there is refused before anything of a request is looked at.
    const owner = await hub.register('ow')
    const records = ['r1', 'r2'].map((id) => ({
      kind: 'note',
      record_id: id,
      run_id: 'r',
      payload: {},
      expires_at: null,
    }))
    await owner.fetch('/ow/sp/coord/push', { method: 'POST', body: { records } })
    const opened = await owner.fetch('/api/repos/ow/sp', { method: 'PUT', body: { visibility: 'public' } })
    if (!opened.ok) throw new Error(`the space is not open: ${opened.status}`)
    const signed = (input: Buffer): Buffer => {
      const text = input.toString('latin1')
      const [, method = '', target = ''] = /^(\S+) (\S+)/.exec(text) ?? []
      return text.includes(SIGNED)
        ? Buffer.from(
            text.replace(SIGNED, `Authorization: ${owner.authorize(target, { method })}`).replace('127.0.0.1', host),
            'latin1',
          )
        : input
    }
    return {
      async take(input) {
        const text = await exchange(Number(port), signed(input))
        // Nothing is as good an answer to half a request as 400.
        const [, status, body] = /^HTTP\/1\.1 (\d{3}) .*?\r\n\r\n(.*)/s.exec(text) ?? []
        if (text !== '' && status === undefined) throw new Error(`no answer of HTTP: ${text.slice(0, 300)}`)
        if (Number(status) >= 500) checkAnswer(Number(status), body ?? '')
        const health = await fetch(`${hub.url}/healthz`)
        if (!health.ok) throw new Error(`the hub is not well: ${health.status}`)
        await health.text()
      },
      close: () => hub.close(),
    }
  },
}

/** Sends bytes, and gives what comes back until the other side ends, or for a while where it would go on. */
function exchange(port: number, input: Buffer): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    const socket = connect(port, '127.0.0.1', () => socket.end(input))
    const done = () => {
      clearTimeout(timer)
      socket.destroy()
      resolve(Buffer.concat(chunks).toString('latin1'))
    }
    const timer = setTimeout(done, LIMIT_MILLISECONDS)
    // A stream has no end, so its head is enough.
    socket.on('data', (chunk) => {
      chunks.push(chunk)
      if (chunk.includes('text/event-stream')) done()
    })
    socket.on('error', done).on('close', done)
  })
}
