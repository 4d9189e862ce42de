import type { FastifyReply, FastifyRequest } from 'fastify'
import type { EventStream } from './event-stream.js'
import type { HubLimits } from './limits.js'
import { networkOf } from './network.js'
import { refusal } from './refusal.js'
import type { ActPlace } from './stores/space-directory.js'

/** A reader of one watch stream. */
interface Reader {
  readonly spaceId: number
  /** Of the network: see {@link networkOf}. */
  readonly address: string
  /** `null`: without a signature. */
  readonly handle: string | null
  /** Rejects when the reader may no longer read. */
  readonly assertAllowed: () => Promise<void>
}

/** The place of one stream among those that a hub has open, from the moment it is asked for. */
export class StreamPlace {
  #stream: EventStream | null = null
  #isOver = false

  constructor(readonly reader: Reader) {}

  /** Puts the stream in its place. `false`: it was to end meanwhile, and has. */
  fill(stream: EventStream): boolean {
    this.#stream = stream
    if (this.#isOver) stream.end()
    return !this.#isOver
  }

  /** Ends the stream, or as soon as there is one. */
  end(): void {
    this.#isOver = true
    this.#stream?.end()
  }
}

/** The watch streams of a hub: how many there may be, and that they end for who may read no more. */
export class OpenStreams {
  readonly #limits: HubLimits
  readonly #places = new Set<StreamPlace>()
  #isDraining = false
  #lastAct: number | null = null

  constructor(limits: HubLimits) {
    this.#limits = limits
  }

  get size(): number {
    return this.#places.size
  }

  /** The last act that all have been looked at for; `null`: none yet. */
  get lastAct(): number | null {
    return this.#lastAct
  }

  /**
   * Gives a stream a place, which it has until {@link leave}. Throws `STREAMS_FULL`. Of all places half at most go to those who do
   * not sign, so that they keep nobody out who does.
   */
  enter(
    { ip, handle }: FastifyRequest,
    reply: FastifyReply,
    { spaceId, assertAllowed }: Pick<Reader, 'spaceId' | 'assertAllowed'>,
  ): StreamPlace {
    const { streams, streamsPerAddress, streamsPerHandle } = this.#limits
    const address = networkOf(ip)
    const bounds = [
      {
        where: 'from this address',
        isFull: this.#count((reader) => reader.address === address) >= streamsPerAddress,
      },
      {
        where: `of ${handle}`,
        isFull: handle !== null && this.#count((reader) => reader.handle === handle) >= streamsPerHandle,
      },
      {
        where: 'on this hub without a signature',
        isFull: handle === null && this.#count((reader) => reader.handle === null) >= streams / 2,
      },
      { where: 'on this hub', isFull: this.size >= streams },
    ]
    const full = bounds.find(({ isFull }) => isFull)
    if (full !== undefined) {
      reply.header('Retry-After', '10')
      throw refusal('STREAMS_FULL', full.where)
    }
    const place = new StreamPlace({ spaceId, address, handle, assertAllowed })
    if (this.#isDraining) place.end()
    this.#places.add(place)
    return place
  }

  leave(place: StreamPlace): void {
    this.#places.delete(place)
  }

  /**
   * Ends the streams of those who may read no more. Only those are looked at whose space or handle something was done to: else
   * anybody could have all of them looked at again and again.
   *
   * @param places of the acts since the last call; `null`: they may be anywhere
   */
  endRevoked(lastAct: number, places: readonly ActPlace[] | null): void {
    this.#lastAct = lastAct
    const spaces = new Set(places?.map(({ spaceId }) => spaceId))
    const handles = new Set(places?.filter(({ spaceId }) => spaceId === 0).map(({ subject }) => subject))
    for (const place of this.#places) {
      const { spaceId, handle, assertAllowed } = place.reader
      const isTouched = places === null || spaces.has(spaceId) || (handle !== null && handles.has(handle))
      if (isTouched) assertAllowed().catch(() => place.end())
    }
  }

  /** Ends all, and those that come. */
  drain(): void {
    this.#isDraining = true
    for (const place of this.#places) place.end()
  }

  #count(isMeant: (reader: Reader) => boolean): number {
    let count = 0
    for (const { reader } of this.#places) if (isMeant(reader)) count++
    return count
  }
}
