import { describe, expect, it } from '@jest/globals'
import { buffersFor, DEFAULT_LIMITS, limitsOf } from '../../src/hub/limits.js'
import { MAX_PUSH_BYTES } from '../../src/record/protocol.js'

describe('what an operator says of the bounds', () => {
  it('leaves the rest as it is', () => {
    expect(limitsOf({})).toEqual({})
    expect(limitsOf({ connections: 9 })).toEqual({ connections: 9, connectionsPerAddress: 5 })
  })

  it('bounds streams in all, for an address and for a handle, each by its own word', () => {
    expect(limitsOf({ streams: 9 })).toEqual({ streams: 9, streamsPerAddress: 5, streamsPerHandle: 3 })
    expect(limitsOf({ streams: 9, streamsPerHandle: 7, streamCommentSeconds: 2 })).toEqual({
      streams: 9,
      streamsPerAddress: 5,
      streamsPerHandle: 7,
      streamCommentSeconds: 2,
    })
    expect(DEFAULT_LIMITS).toMatchObject(limitsOf({ streams: DEFAULT_LIMITS.streams }))
  })

  it('keeps the parts of the memory in proportion, and room for the largest push of a handle', () => {
    expect(DEFAULT_LIMITS).toMatchObject(limitsOf({ buffersMebibytes: 168 }))
    expect((limitsOf({ buffersMebibytes: buffersFor(0) }).bodyBytesPerAddress ?? 0) / 2).toBeGreaterThanOrEqual(
      MAX_PUSH_BYTES,
    )
  })

  it('keeps less for others where the heap is small, and unless it is what it keeps by default', () => {
    const heaps = [256, 512, 600, 4096].map((mebibytes) => buffersFor(mebibytes * 1024 * 1024))
    expect(heaps).toEqual([112, 128, 150, 168])
  })
})
