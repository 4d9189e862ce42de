import { EventEmitter } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { PassThrough } from 'node:stream'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from '@jest/globals'
import type { FastifyRequest } from 'fastify'
import { readBody } from '../../src/hub/read-body.js'

const CHUNK = 16 * 1024
const CHUNKS = 10

/** Sends a body in chunks and tells what was read and how many turns that took. */
async function read(headers: Record<string, string>) {
  const request = { headers, bodyLot: null, raw: new EventEmitter() } as unknown as FastifyRequest
  const payload = new PassThrough({ highWaterMark: CHUNK * CHUNKS })
  for (let chunk = 0; chunk < CHUNKS; chunk++) payload.write(Buffer.alloc(CHUNK, chunk))
  payload.end()
  let turns = 0
  const turn = async () => {
    turns++
    await new Promise(setImmediate)
  }
  const body = await readBody(request, payload as unknown as IncomingMessage, {
    limit: CHUNK * CHUNKS,
    onBytes: () => undefined,
    turn,
  })
  return { length: body.bytes.length, turns }
}

/** What is in use when nothing is left to be collected, MiB. */
function usedMebibytes(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc')
  // Of buffers the first one only begins to let go.
  for (let n = 0; n < 2; n++) collect()
  const { heapUsed, external } = process.memoryUsage()
  return (heapUsed + external) / 2 ** 20
}

it('keeps a body that comes byte by byte in about as much memory as it has bytes', async () => {
  const raw = new EventEmitter()
  const payload = Object.assign(new EventEmitter(), { pause: () => {}, resume: () => {} })
  const length = 200_000
  const request = { headers: { 'content-length': String(length) }, bodyLot: null, raw } as unknown as FastifyRequest
  const before = usedMebibytes()
  const reading = readBody(request, payload as unknown as IncomingMessage, {
    limit: length,
    onBytes: () => undefined,
    turn: async () => undefined,
  })
  for (let n = 0; n < length; n++) payload.emit('data', Buffer.alloc(1, n))
  await new Promise(setImmediate)
  expect(usedMebibytes() - before).toBeLessThan(8)
  payload.emit('end')
  const { bytes } = await reading
  expect([bytes.length, bytes[258], bytes.at(-1)]).toEqual([length, 2, (length - 1) % 256])
})

it('counts all that it keeps, also what it has made room for', async () => {
  let held = 0
  const bodyLot = { pass: () => undefined, hold: (bytes: number) => (held += bytes) }
  const payload = Object.assign(new EventEmitter(), { pause: () => {}, resume: () => {} })
  const length = 16 * 2 ** 20
  const headers = { 'content-length': String(length) }
  const request = { headers, bodyLot, raw: new EventEmitter() } as unknown as FastifyRequest
  const before = usedMebibytes()
  const reading = readBody(request, payload as unknown as IncomingMessage, {
    limit: length,
    onBytes: () => undefined,
    turn: async () => undefined,
  })
  const chunk = Buffer.alloc(2 ** 16)
  for (let n = 0; n < 80; n++) payload.emit('data', chunk)
  await new Promise(setImmediate)
  expect(usedMebibytes() - before).toBeLessThan(held / 2 ** 20 + 0.5)
  expect(held).toBeLessThan(length)
  for (let n = 80; n < 256; n++) payload.emit('data', chunk)
  expect(held).toBe(length)
  payload.emit('end')
  await reading
})

describe('a large body', () => {
  it.each([
    ['whose length is declared', { 'content-length': String(CHUNK * CHUNKS) }],
    ['that comes in chunks', { 'transfer-encoding': 'chunked' }],
  ])('%s is read one part a turn', async (_, headers) => {
    const { length, turns } = await read(headers)
    expect(length).toBe(CHUNK * CHUNKS)
    expect(turns).toBeGreaterThanOrEqual(CHUNKS - 2)
  })
})
