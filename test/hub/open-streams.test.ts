import { describe, expect, it } from '@jest/globals'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { DEFAULT_LIMITS } from '../../src/hub/limits.js'
import { OpenStreams } from '../../src/hub/open-streams.js'

describe('what is done to spaces and keys', () => {
  it('has the streams of that space and that handle looked at, and no others', () => {
    const open = new OpenStreams(DEFAULT_LIMITS)
    let asked: string[] = []
    for (const [spaceId, handle] of [
      [1, 'ada'],
      [1, null],
      [2, 'ada'],
      [2, 'bob'],
    ] as const) {
      const request = { ip: '127.0.0.1', handle } as FastifyRequest
      const assertAllowed = async () => {
        asked.push(`${handle} in ${spaceId}`)
      }
      open.enter(request, {} as FastifyReply, { spaceId, assertAllowed })
    }
    const askedAfter = (...look: Parameters<OpenStreams['endRevoked']>) => {
      asked = []
      open.endRevoked(...look)
      return asked
    }
    expect(askedAfter(1, [{ spaceId: 1, subject: 'bob' }])).toEqual(['ada in 1', 'null in 1'])
    expect(askedAfter(2, [{ spaceId: 0, subject: 'ada' }])).toEqual(['ada in 1', 'ada in 2'])
    expect(askedAfter(3, [{ spaceId: 9, subject: '' }])).toEqual([])
    expect(askedAfter(4, null)).toHaveLength(4)
    expect(open.lastAct).toBe(4)
  })
})
