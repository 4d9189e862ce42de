import fs from 'node:fs'
import type { ServerResponse } from 'node:http'
import { createServer } from 'node:net'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from '@jest/globals'
import { answer, type Behaviour, startFaultyHub } from '../support/faulty-hub.js'
import { createMachine, type Machine } from '../support/machine.js'
import { reservation } from '../support/records.js'
import { documentOf, runCli } from '../support/run-cli.js'
import { runExecutable } from '../support/run-executable.js'

const ONE_SECOND = { env: { MUSE_COORD_TIMEOUT: '1' } }

const HALF = '{"records":[{"id":1,"kind":"reservation",'

/** Writes pieces of an answer for as long as somebody reads. */
async function pour(response: ServerResponse, piece: Buffer, pauseMs: number): Promise<void> {
  while (!response.destroyed) {
    if (!response.write(piece)) await new Promise((resolve) => response.once('drain', resolve).once('close', resolve))
    if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
}

const BAD_HUBS: [name: string, behaviour: Behaviour, says: RegExp][] = [
  ['answers 500', answer(500, { detail: 'On fire.', status: 'internal' }), /answered 500: On fire\./],
  ['answers 500 without a word', answer(500, ''), /answered 500/],
  ['answers with a page of HTML', answer(200, '<!doctype html><h1>Welcome</h1>'), /no answer of a hub.*doctype/],
  ['refuses with a page of HTML', answer(403, '<h1>Forbidden</h1>'), /answered 403: .*Forbidden/],
  ['answers with half a JSON document', answer(200, HALF), /no answer of a hub/],
  ['answers with JSON of another shape', answer(200, { hello: 'world' }), /no answer of a hub/],
  ['answers with nothing', answer(200, ''), /no answer of a hub.*empty/],
  ['answers that there is no content', (_, response) => response.writeHead(204).end(), /no answer of a hub/],
  [
    'switches to another protocol',
    (_, { socket }) => socket?.end('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'),
    /no answer of a hub/,
  ],
  [
    'answers with noise that is said to be gzip',
    answer(200, 'noise', { 'content-encoding': 'gzip' }),
    /cannot be reached: .*header check/,
  ],
  [
    'answers without end',
    (_, response) =>
      pour(response.writeHead(200, { 'content-type': 'application/json' }), Buffer.alloc(1 << 20, ' '), 0),
    /over 64 MiB|no whole answer within 1 s/,
  ],
  [
    'answers with a gzip bomb',
    answer(200, gzipSync(Buffer.alloc(80 << 20, ' '), { level: 1 }), { 'content-encoding': 'gzip' }),
    /over 64 MiB|no whole answer within 1 s/,
  ],
  ['says nothing', () => {}, /no whole answer within 1 s/],
  [
    'says a letter now and then',
    (_, response) => pour(response.writeHead(200, { 'content-type': 'application/json' }), Buffer.from(' '), 50),
    /no whole answer within 1 s/,
  ],
  [
    'hangs up in the middle of its answer',
    (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' })
      response.write(HALF, () => response.destroy())
    },
    /cannot be reached/,
  ],
  [
    'knows nobody',
    answer(
      401,
      { detail: 'The signature is refused.', status: 'unauthorized' },
      { 'www-authenticate': 'MSign realm="musehub"' },
    ),
    /answered 401: The signature is refused\./,
  ],
  [
    'hides the space',
    answer(404, { detail: 'There is no space.', status: 'not_found' }),
    /no space gabriel\/muse that you may see/,
  ],
  ['is no hub at all', answer(404, 'Not Found'), /answered 404: "Not Found"/],
]

/** With these an answer is still under way in the end, which no process may wait for. */
const UNDER_WAY = ['answers without end', 'says nothing', 'says a letter now and then']

describe.each(BAD_HUBS)('a hub that %s', (name, behaviour, says) => {
  const run = UNDER_WAY.includes(name) ? runExecutable : runCli

  it('gets a clear error, one document and exit 1 out of a pull and a push, and nothing is written or lost', async () => {
    const hub = await startFaultyHub(behaviour)
    const [puller, pusher] = [await createMachine({ hub: hub.url }), await createMachine({ hub: hub.url })]
    pusher.write(reservation('r1'))
    const before = [everythingIn(puller), pusher.everything()]
    const [pulled, pushed] = await Promise.all([
      run(puller, ['sync', 'pull', '--json'], ONE_SECOND),
      run(pusher, ['sync', 'push', '--json'], ONE_SECOND),
    ])
    expect([everythingIn(puller), pusher.everything()]).toEqual(before)

    expect(pulled).toMatchObject({ exitCode: 1, stderr: '' })
    expect(documentOf(pulled)).toEqual({
      error: expect.stringMatching(says),
      status: 'hub_error',
      hint: expect.stringMatching(/\w/),
    })
    expect(pushed).toMatchObject({ exitCode: 1, stderr: '' })
    expect(documentOf(pushed)).toMatchObject({
      schema_version: '1',
      inserted: 0,
      skipped: 0,
      total: 1,
      failed: true,
      errors: [expect.stringMatching(says)],
    })
    hub.behave(answer(200, { inserted: 1, skipped: 0 }))
    expect(await pusher.push()).toMatchObject({ inserted: 1, failed: false })
  })
})

describe('a hub that is down', () => {
  it('makes a pull and a push end with an error that names the address', async () => {
    const nobody = await addressOfNobody()
    const machine = await createMachine({ hub: nobody })
    machine.write(reservation('r1'))
    const [pulled, pushed] = await Promise.all([
      runExecutable(machine, ['sync', 'pull', '--json'], ONE_SECOND),
      runExecutable(machine, ['sync', 'push', '--json'], ONE_SECOND),
    ])
    expect(pulled).toMatchObject({ exitCode: 1, stderr: '' })
    expect(documentOf(pulled)).toMatchObject({
      error: expect.stringMatching(`^The hub at ${nobody} cannot be reached: .*ECONNREFUSED`),
      status: 'hub_error',
      hint: expect.stringContaining('muse-coord hub serve'),
    })
    expect(pushed).toMatchObject({ exitCode: 1, stderr: '' })
    expect(documentOf(pushed)).toMatchObject({ total: 1, failed: true, errors: [expect.stringContaining(nobody)] })
  })
})

describe('a hub that sends its visitors elsewhere', () => {
  it.each([301, 302, 303, 307, 308])('is not followed with a %d, and the other place hears nothing', async (status) => {
    const elsewhere = await startFaultyHub(answer(200, { records: [], cursor: 0 }))
    const hub = await startFaultyHub(
      answer(status, 'elsewhere', { location: `${elsewhere.url}/gabriel/muse/coord/pull` }),
    )
    const machine = await createMachine({ hub: hub.url })
    machine.write(reservation('r1'))
    await expect(machine.pull()).rejects.toMatchObject({
      code: 'HUB_REDIRECT',
      message: expect.stringContaining(`${status}`),
    })
    expect(await machine.push()).toMatchObject({ failed: true, errors: [expect.stringContaining('redirect')] })
    expect(elsewhere.requests).toEqual([])
    expect(hub.requests).toHaveLength(2)
  })

  it('does not hold the process up with what it says meanwhile', async () => {
    const hub = await startFaultyHub((_, response) =>
      pour(response.writeHead(302, { location: 'http://127.0.0.1:9/' }), Buffer.alloc(1 << 16), 20),
    )
    const machine = await createMachine({ hub: hub.url })
    const ended = await runExecutable(machine, ['sync', 'pull', '--json'], { env: { MUSE_COORD_TIMEOUT: '600' } })
    // Who listened to it would have outlasted the test.
    expect(ended.exitCode).toBe(1)
    expect(documentOf(ended)).toMatchObject({ error: expect.stringContaining('redirect') })
  })
})

async function addressOfNobody(): Promise<string> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return `http://127.0.0.1:${port}`
}

/** Every path of a machine, what it keeps for itself included. */
function everythingIn({ root }: Machine): string[] {
  return fs.readdirSync(root, { recursive: true, encoding: 'utf8' }).sort()
}
