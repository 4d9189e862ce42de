import { endingWith } from '../base/ending-with.js'
import { problemOf } from '../base/errors.js'
import type { Fetch, FetchedResponse } from '../hub-client/http-fetch.js'
import { HUB_FIELDS, MAX_ANSWER_BYTES, paths } from '../record/protocol.js'
import { connectorOf } from '../workspace/connect.js'
import { RELAY_DIRECTORY, Relay, type RelayedAnswer, type RelayedRequest } from '../workspace/relay/relayed.js'
import type { Session } from '../workspace/session.js'
import { resolveTarget, type Target } from '../workspace/target.js'
import { type StopWatching, watchDirectories } from '../workspace/watch-directories.js'

/** Below what is waited for. */
const LIMIT_MILLISECONDS = 4500
/** What a client of hubs reads of an answer. */
const HEADERS = ['content-type', 'retry-after', 'date', HUB_FIELDS.key, HUB_FIELDS.proof]

/**
 * Asks the hub for processes of this store that are kept from the network: as their files in it come, until it is stopped.
 * What they ask is their word, signed by them; only pushes and pulls of the space of this store are sent on, and what asks the hub who it is.
 */
export function serveRelay(session: Session): StopWatching {
  const target = resolveTarget(session)
  const fetch = connectorOf(session).fetchOf(session)
  const relay = new Relay(target.repo)
  relay.open()
  const stopping = new AbortController()
  const signal = AbortSignal.any([session.signal, stopping.signal])
  // Who asks waits in vain, and is told so there.
  const tell = (error: unknown) => session.note(`⚠️  ${problemOf(error)}`)
  const takeAll = () => {
    try {
      relay.sweep()
      for (const id of relay.asked()) void answer(relay, id, target, fetch, signal).catch(tell)
    } catch (error) {
      tell(error)
    }
  }
  const stop = watchDirectories(target.repo, [RELAY_DIRECTORY], takeAll)
  return () => {
    stop()
    stopping.abort()
  }
}

async function answer(relay: Relay, id: string, target: Target, fetch: Fetch, signal: AbortSignal): Promise<void> {
  const request = relay.take(id)
  if (request === null) return
  relay.answer(id, await send(request, target, fetch, signal).catch((error) => ({ fault: problemOf(error) })))
}

async function send(
  { url, method, headers, body }: RelayedRequest,
  target: Target,
  fetch: Fetch,
  signal: AbortSignal,
): Promise<RelayedAnswer> {
  if (!isOfSpace(url, target)) return { fault: `the keeper of ${target.owner}/${target.slug} does not ask ${url}` }
  const ending = endingWith(signal, AbortSignal.timeout(LIMIT_MILLISECONDS))
  const asked = { method, headers: { ...headers }, ...(body && { body }), redirect: 'manual' as const }
  try {
    return await read(await fetch(url, { ...asked, signal: ending.signal }))
  } finally {
    ending.end()
  }
}

async function read(response: FetchedResponse): Promise<RelayedAnswer> {
  const named = HEADERS.flatMap((name) => {
    const value = response.headers.get(name)
    return value === null ? [] : [[name, value] as const]
  })
  const { status, statusText } = response
  return { status, statusText, headers: Object.fromEntries(named), body: await bytesOf(response) }
}

/** Whether it is a request of the space, or the one that asks the hub who it is. */
function isOfSpace(url: string, { hub, owner, slug }: Target): boolean {
  const known = [paths.root, paths.push(owner, slug), paths.pull(owner, slug)].map((path) => hub.base + path)
  return known.some((one) => url === one || url.startsWith(`${one}?`))
}

async function bytesOf({ body }: FetchedResponse): Promise<Uint8Array | null> {
  if (body === null) return null
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.byteLength
    if (bytes > MAX_ANSWER_BYTES) throw new Error(`the answer is over ${MAX_ANSWER_BYTES} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
