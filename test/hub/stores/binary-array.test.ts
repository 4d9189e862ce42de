import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import pg from 'pg'
import { int8Array, textArray, uuidArray } from '../../../src/hub/stores/postgres/binary-array.js'
import { type PostgresServer, startPostgres } from '../../support/postgres.js'

describe('a list that is sent to PostgreSQL in binary', () => {
  let server: PostgresServer
  let client: pg.Client

  beforeAll(async () => {
    server = await startPostgres()
    const address = new URL(server.url('arrays'))
    address.searchParams.delete('schema')
    client = new pg.Client(address.href)
    await client.connect()
  }, 60_000)
  afterAll(async () => {
    await client.end()
    await server.remove()
  })

  async function received(type: string, values: Buffer): Promise<unknown> {
    const { rows } = await client.query(`SELECT word::text FROM unnest($1::${type}[]) AS word`, [values])
    return rows.map(({ word }) => word)
  }

  it('holds texts as they are, whatever stands in them', async () => {
    const texts = ['', '{"a":"b, \\"c\\""}', '\\u0000 \\\\ {}', 'é 😀', 'NULL', null, ' x ']
    expect(await received('text', textArray(texts))).toEqual(texts)
  })

  it('holds whole numbers', async () => {
    const numbers = [0, -1, null, Number.MAX_SAFE_INTEGER, Date.parse('2099-01-01')]
    expect(await received('bigint', int8Array(numbers))).toEqual(numbers.map((one) => one?.toString() ?? null))
  })

  it('holds UUIDs that are written in hexadecimal', async () => {
    expect(await received('uuid', uuidArray(['00ff'.repeat(8)]))).toEqual(['00ff00ff-00ff-00ff-00ff-00ff00ff00ff'])
  })

  it.each([
    ['text', textArray([])],
    ['bigint', int8Array([])],
    ['uuid', uuidArray([])],
  ])('may be empty: %s', async (type, values) => {
    expect(await received(type, values)).toEqual([])
  })
})
