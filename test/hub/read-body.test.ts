import { EventEmitter } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { PassThrough } from 'node:stream'
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
