import { setTimeout as sleep } from 'node:timers/promises'
import { CoordError } from '../../base/errors.js'
import { randomHex } from '../../base/node-crypto.js'
import type { Fetch, FetchedResponse, FetchInit } from '../../hub-client/http-fetch.js'
import { noAnswer } from '../../hub-client/hub-error.js'
import { isKeptElsewhere } from '../keeper-lock.js'
import type { Repo } from '../repo.js'
import { PATIENCE_MILLISECONDS, Relay } from './relayed.js'

const LOOK_MILLISECONDS = 10

/**
 * A `fetch` that has the keeper of a store ask where this process gets no answer: a sandbox may leave an agent's shell the
 * store, and no network. Whoever has waited for five seconds in vain withdraws its request, and is told what kept it from
 * the hub.
 *
 * @param openedRepo the store, where one is at hand; `undefined`: there is none
 */
export function viaKeeper(fetch: Fetch, openedRepo: () => Repo | undefined): Fetch {
  /** The keeper answers no request, as one of an earlier version does: each would cost the whole patience. */
  let isSilent = false
  return async (url, init) => {
    try {
      return await fetch(url, init)
    } catch (error) {
      // What has a name fails for the keeper too.
      if (error instanceof CoordError || init.signal.aborted || isSilent) throw error
      const repo = openedRepo()
      if (repo === undefined || !isKeptElsewhere(repo)) throw error
      const answer = await askKeeper(repo, url, init)
      isSilent = answer === 'none'
      // By name, so that nobody asks again: who has waited that long waits no longer.
      if (answer === 'none') throw noAnswer(url, error)
      if ('fault' in answer) throw error
      return answer
    }
  }
}

async function askKeeper(
  repo: Repo,
  url: string,
  { method, headers, body, signal }: FetchInit,
): Promise<FetchedResponse | { readonly fault: string } | 'none'> {
  const relay = new Relay(repo)
  const id = randomHex(16)
  const deadline = performance.now() + PATIENCE_MILLISECONDS
  try {
    relay.ask(id, { method, url, headers, body: body ?? null })
    while (performance.now() < deadline) {
      await sleep(LOOK_MILLISECONDS, undefined, { signal })
      const answer = relay.answered(id)
      if (answer === null) continue
      return 'fault' in answer ? answer : responseOf(answer.status, answer)
    }
    return 'none'
  } finally {
    relay.forget(id)
  }
}

function responseOf(
  status: number,
  answer: {
    readonly statusText: string
    readonly headers: Readonly<Record<string, string>>
    readonly body: Uint8Array | null
  },
): FetchedResponse {
  const { statusText, headers, body } = answer
  const get = (name: string) => headers[name.toLowerCase()] ?? null
  return { status, statusText, headers: { get }, body: body === null ? null : only(body) }
}

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
