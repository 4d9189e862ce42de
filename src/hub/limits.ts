import { LEASE_BOUND_SECONDS } from '../record/merge/lease-end.js'

const MEBIBYTE = 1024 * 1024

/** What one hub lets anybody do in a given time, and how much it holds open. */
export interface HubLimits {
  /** Requests from one address in a minute. An IPv6 address counts by its /64 network. */
  readonly requestsPerMinute: number
  /** Signed requests of one handle in a minute, from wherever they come. */
  readonly handleRequestsPerMinute: number
  /** Requests to the registration from one address in a minute. */
  readonly registrationsPerMinute: number
  /** Refused signatures of one handle from one address in five minutes, before its signed requests are turned away. */
  readonly refusedSignatures: number
  /** The same from one address, whatever the handle. */
  readonly refusedSignaturesPerAddress: number
  /** Bytes of bodies kept while they arrive, of all together. */
  readonly bodyBytes: number
  /** The same from one address; a handle there may have half of it. */
  readonly bodyBytesPerAddress: number
  /** Bytes of decoded bodies at work at once; the others wait for their turn. */
  readonly decodedBytes: number
  /** Bytes of answers kept until they are taken, of all together. */
  readonly answerBytes: number
  /** The same to one address; a handle there may have half of it. */
  readonly answerBytesPerAddress: number
  /** Spaces that one handle may own. */
  readonly spacesPerHandle: number
  /** Records that one handle may have written of what is kept, in all spaces. */
  readonly recordsPerHandle: number
  /** The bytes of their payloads and names. */
  readonly keptBytesPerHandle: number
  /** Bytes that one handle may send in a second, decoded, over a minute. */
  readonly handleBytesPerSecond: number
  /** Bytes of pages that one handle may take in a second, over a minute; who does not sign counts by address. */
  readonly takenBytesPerSecond: number
  /** Connections open at once. */
  readonly connections: number
  /** Connections open at once from one address. */
  readonly connectionsPerAddress: number
  /** How long a connection on which a request or an answer is under way may stand still, in seconds. */
  readonly stillSeconds: number
  /** How long a request may take to arrive, headers and body, in seconds. */
  readonly requestSeconds: number
  /** How often connections are looked over for requests that take too long, in milliseconds. */
  readonly requestCheckMilliseconds: number
  /** How long requests under way may take when the hub goes down, in seconds; then their connections are cut. */
  readonly drainSeconds: number
  /** How far ahead the end of a lease may be, in seconds. */
  readonly leaseSeconds: number
  /** Watch streams open at once. */
  readonly streams: number
  /** Watch streams open at once from one address. */
  readonly streamsPerAddress: number
  /** Watch streams open at once of one handle, from wherever they come. */
  readonly streamsPerHandle: number
  /** Between two comments on a watch stream on which nothing happens, in seconds. */
  readonly streamCommentSeconds: number
}

/** What an operator says of the bounds. */
interface BoundSettings {
  readonly leaseSeconds?: number | undefined
  readonly spacesPerHandle?: number | undefined
  readonly recordsPerHandle?: number | undefined
  /** What a handle may have written of what is kept, in MiB. */
  readonly keptMebibytesPerHandle?: number | undefined
  /** Open at once; half of them from one address. */
  readonly connections?: number | undefined
  /** Watch streams open at once; unless said otherwise half of them from one address, and a quarter of one handle. */
  readonly streams?: number | undefined
  readonly streamsPerAddress?: number | undefined
  readonly streamsPerHandle?: number | undefined
  /** Between two comments on a still stream; who takes none of two is let go. */
  readonly streamCommentSeconds?: number | undefined
  /** Memory for what others send and take, in MiB: three parts of seven for what arrives, two for what is decoded, two for answers. */
  readonly buffersMebibytes?: number | undefined
}

/** The limits that follow from what an operator says; what is left out stays as it is. */
export function limitsOf(settings: BoundSettings): Partial<HubLimits> {
  const { leaseSeconds, spacesPerHandle, connections, buffersMebibytes, streams } = settings
  const { recordsPerHandle, keptMebibytesPerHandle } = settings
  const { streamsPerAddress, streamsPerHandle, streamCommentSeconds } = settings
  const seventh = ((buffersMebibytes ?? 0) * MEBIBYTE) / 7
  return {
    ...(leaseSeconds !== undefined && { leaseSeconds }),
    ...(spacesPerHandle !== undefined && { spacesPerHandle }),
    ...(recordsPerHandle !== undefined && { recordsPerHandle }),
    ...(keptMebibytesPerHandle !== undefined && { keptBytesPerHandle: keptMebibytesPerHandle * MEBIBYTE }),
    ...(connections !== undefined && { connections, connectionsPerAddress: Math.ceil(connections / 2) }),
    ...(streams !== undefined && {
      streams,
      streamsPerAddress: Math.ceil(streams / 2),
      streamsPerHandle: Math.ceil(streams / 4),
    }),
    ...(streamsPerAddress !== undefined && { streamsPerAddress }),
    ...(streamsPerHandle !== undefined && { streamsPerHandle }),
    ...(streamCommentSeconds !== undefined && { streamCommentSeconds }),
    ...(buffersMebibytes !== undefined && {
      bodyBytes: 3 * seventh,
      bodyBytesPerAddress: 2 * seventh,
      decodedBytes: 2 * seventh,
      answerBytes: 2 * seventh,
      answerBytesPerAddress: seventh,
    }),
  }
}

/** With more, a hub would keep more for those who stall, and serve nobody better. */
const MOST_BUFFERS_MEBIBYTES = 168

/** Below that a handle's share does not hold the largest push. */
const LEAST_BUFFERS_MEBIBYTES = 112

/**
 * Memory for what others send and take, in MiB, unless the operator says otherwise. It lies outside of the heap, and a process
 * that was given a small heap is to stay small.
 *
 * @param heapBytes the most that the heap may grow to
 */
export function buffersFor(heapBytes: number): number {
  const quarter = Math.floor(heapBytes / MEBIBYTE / 4)
  return Math.min(MOST_BUFFERS_MEBIBYTES, Math.max(LEAST_BUFFERS_MEBIBYTES, quarter))
}

/**
 * Generous on purpose: a swarm often shares one address, and claims come in bursts of thousands a second. They stop
 * a loop gone wild, not work.
 */
export const DEFAULT_LIMITS: HubLimits = {
  requestsPerMinute: 600_000,
  handleRequestsPerMinute: 600_000,
  registrationsPerMinute: 600,
  refusedSignatures: 20,
  refusedSignaturesPerAddress: 200,
  bodyBytes: 72 * MEBIBYTE,
  bodyBytesPerAddress: 48 * MEBIBYTE,
  decodedBytes: 48 * MEBIBYTE,
  answerBytes: 48 * MEBIBYTE,
  answerBytesPerAddress: 24 * MEBIBYTE,
  spacesPerHandle: 1_000,
  recordsPerHandle: 2_000_000,
  keptBytesPerHandle: 2048 * MEBIBYTE,
  handleBytesPerSecond: 4 * MEBIBYTE,
  takenBytesPerSecond: 16 * MEBIBYTE,
  connections: 8_000,
  connectionsPerAddress: 4_000,
  stillSeconds: 30,
  requestSeconds: 60,
  requestCheckMilliseconds: 5_000,
  drainSeconds: 10,
  leaseSeconds: LEASE_BOUND_SECONDS,
  streams: 2_000,
  streamsPerAddress: 1_000,
  streamsPerHandle: 500,
  streamCommentSeconds: 15,
}
