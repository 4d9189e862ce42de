import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from '@jest/globals'
import { GZIP_FROM_CHARACTERS } from '../../src/record/protocol.js'
import { answer, type Behaviour, inTurn, startFaultyHub, takeEverything } from '../support/faulty-hub.js'
import { createMachine } from '../support/machine.js'
import { reservations } from '../support/records.js'
import { startExecutable } from '../support/run-executable.js'

/** A machine with records to push, at a hub that behaves like this. */
async function against(behaviour: Behaviour, count = 1) {
  const hub = await startFaultyHub(behaviour)
  const machine = await createMachine({ hub: hub.url })
  machine.write(reservations(count))
  return { hub, machine }
}

const page = (more: string) => `{"records":[],"cursor":0,"more":${more}}`

describe('a request that is refused', () => {
  it.each([408, 429, 502, 520, 527])('is made again after a %d', async (status) => {
    const { hub, machine } = await against(inTurn(answer(status, '<h1>busy</h1>'), takeEverything))
    expect(await machine.push()).toMatchObject({ inserted: 1, failed: false })
    expect(hub.requests).toHaveLength(2)
  })

  it.each([400, 409, 425, 500, 501, 528])('is not made again after a %d', async (status) => {
    const { hub, machine } = await against(inTurn(answer(status, { detail: 'No.' }), takeEverything))
    expect(await machine.push()).toMatchObject({ failed: true, errors: [`The hub answered ${status}: No.`] })
    expect(hub.requests).toHaveLength(1)
  })

  it('is made four times at most, and then says what the hub said last', async () => {
    const { hub, machine } = await against(
      inTurn(answer(503, 'a'), answer(429, 'b'), answer(502, 'c'), answer(503, 'd')),
    )
    expect(await machine.push()).toMatchObject({ errors: ['The hub answered 503: "d"'] })
    expect(hub.requests).toHaveLength(4)
  })

  it('does not hold up a process that is interrupted while it waits', async () => {
    const { hub, machine } = await against(answer(503, '', { 'retry-after': '30' }))
    const running = startExecutable(machine, ['sync', 'push', '--json'])
    while (hub.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 20))
    await new Promise((resolve) => setTimeout(resolve, 200))
    running.child.kill('SIGINT')
    // Half a minute, which it does wait otherwise, is more than the test has.
    expect(await running.ended).toMatchObject({ exitCode: 130 })
    expect(hub.requests).toHaveLength(1)
  })
})

describe('what travels', () => {
  it('is JSON, compressed where it is long, and signed anew for each attempt', async () => {
    const { hub, machine } = await against(inTurn(answer(503, '', { 'retry-after': '1' }), takeEverything), 400)
    await machine.push()
    const [first, second] = hub.requests
    expect(first?.headers).toMatchObject({
      accept: 'application/json',
      'content-type': 'application/json',
      'content-encoding': 'gzip',
    })
    expect(JSON.parse(gunzipSync(first?.body as Buffer).toString()).records).toHaveLength(400)
    expect(second?.body).toEqual(first?.body)
    expect(second?.headers.authorization).not.toBe(first?.headers.authorization)
  })

  it('is not compressed for a hub of the same machine where that takes longer than to send it', async () => {
    const { hub, machine } = await against(takeEverything, 20)
    await machine.push()
    const [only] = hub.requests
    expect(only?.headers['content-encoding']).toBeUndefined()
    expect(only?.body.length).toBeGreaterThan(GZIP_FROM_CHARACTERS)
    expect(JSON.parse(String(only?.body)).records).toHaveLength(20)
  })

  it('may come back compressed', async () => {
    const body = gzipSync(JSON.stringify({ inserted: 1, skipped: 0 }))
    const { hub, machine } = await against(answer(200, body, { 'content-encoding': 'gzip' }))
    expect(await machine.push()).toMatchObject({ inserted: 1 })
    expect(hub.requests[0]?.headers['accept-encoding']).toBe('gzip')
  })
})

describe('an answer that was made to keep its reader busy', () => {
  it.each([
    ['with millions of values', page(`[${'{},'.repeat(2_000_000)}{}]`), /holds more than 750000 values/],
    [
      'with more records than anybody asks for',
      `{"records":[${'{},'.repeat(10_000)}{}],"cursor":0}`,
      /lists more than 10000 things/,
    ],
    ['nested deeper than any record', page('['.repeat(200_000) + ']'.repeat(200_000)), /nested deeper than \d+ levels/],
  ])('%s is refused before it is parsed', async (_, body, says) => {
    const { hub, machine } = await against(answer(200, body))
    await expect(machine.pull()).rejects.toMatchObject({ code: 'HUB_ANSWER', message: expect.stringMatching(says) })
    expect(hub.requests).toHaveLength(1)
  })

  it('is refused likewise where it is a refusal', async () => {
    const { machine } = await against(answer(400, `[${'{},'.repeat(2_000_000)}{}]`))
    await expect(machine.pull()).rejects.toMatchObject({ code: 'HUB_ANSWER' })
  })
})
