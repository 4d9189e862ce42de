import type { Folder } from '../../files/folder.js'
import { isJsonObject } from '../../record/record.js'
import type { Repo } from '../repo.js'

/** A request that the keeper of a store sends for a process which is kept from the network. */
export interface RelayedRequest {
  readonly url: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  /** `null`: it has none. */
  readonly body: Uint8Array<ArrayBuffer> | null
}

/** What came of it. `fault`: the keeper was not answered either, or does not send such requests. */
export type RelayedAnswer =
  | {
      readonly status: number
      readonly statusText: string
      readonly headers: Readonly<Record<string, string>>
      readonly body: Uint8Array | null
    }
  | { readonly fault: string }

/** Under `.muse/coordination/`: requests and answers, a file each, while somebody waits. They carry signatures. */
export const RELAY_DIRECTORY = '.sync/relay'

/** For how long an answer is waited for: a keeper that lives asks at once. */
export const PATIENCE_MILLISECONDS = 5000

const REQUEST = '.request.json'
const ANSWER = '.answer.json'
/** Tells the time of the file system, by which the age of the others is judged. */
const CLOCK_FILE = 'now'
/** An answer of a hub is at most half as large, and grows by a third as text. */
const MAX_BYTES = 128 * 1024 * 1024

/** The files by which processes of a store have its keeper ask the hub. */
export class Relay {
  readonly #folder: Folder

  constructor({ sync }: Pick<Repo, 'sync'>) {
    this.#folder = sync.in('relay')
  }

  /** Makes the directory, and removes what nobody waits for any more. Whoever asks while a keeper begins is answered. */
  open(): void {
    this.#folder.make()
    this.sweep()
  }

  /** Removes what nobody waits for any more: whoever asked was killed, or has withdrawn before the answer came. */
  sweep(): void {
    const names = this.#files().filter((name) => name !== CLOCK_FILE)
    // A store that was taken away is not made anew.
    if (names.length === 0) return
    const since = this.#folder.touch(CLOCK_FILE) - PATIENCE_MILLISECONDS
    for (const name of names) {
      const writtenAt = this.#folder.stat(name)?.mtimeMs
      if (writtenAt !== undefined && writtenAt < since) this.#folder.remove(name)
    }
  }

  ask(id: string, request: RelayedRequest): void {
    this.#folder.write(id + REQUEST, JSON.stringify({ ...request, body: textOf(request.body) }))
  }

  /** Ids of requests that nobody has taken. */
  asked(): readonly string[] {
    return this.#files().flatMap((name) => (name.endsWith(REQUEST) ? name.slice(0, -REQUEST.length) : []))
  }

  /** Takes a request, so that nobody else does. `null`: it is gone, or is none. */
  take(id: string): RelayedRequest | null {
    const reading = this.#folder.read(id + REQUEST, MAX_BYTES)
    const isMine = this.#folder.remove(id + REQUEST)
    return isMine && 'text' in reading ? parseRequest(reading.text) : null
  }

  answer(id: string, answer: RelayedAnswer): void {
    const whole = 'fault' in answer ? answer : { ...answer, body: textOf(answer.body) }
    this.#folder.write(id + ANSWER, JSON.stringify(whole))
  }

  /** `null`: there is none yet. */
  answered(id: string): RelayedAnswer | null {
    const reading = this.#folder.read(id + ANSWER, MAX_BYTES)
    if (!('text' in reading)) return reading.isMissing ? null : { fault: reading.fault }
    return parseAnswer(reading.text)
  }

  /** Withdraws a request, and removes its answer. */
  forget(id: string): void {
    this.#folder.remove(id + REQUEST)
    this.#folder.remove(id + ANSWER)
  }

  /** Names of what is written here. A directory or a link is no request, and nobody's to take away. */
  #files(): readonly string[] {
    return [...this.#folder.names()].filter((name) => this.#folder.stat(name)?.isFile() === true)
  }
}

function textOf(body: Uint8Array | null): string | null {
  return body === null ? null : Buffer.from(body).toString('base64')
}

function bytesOf(text: unknown): Buffer<ArrayBuffer> | null {
  return typeof text === 'string' ? Buffer.from(text, 'base64') : null
}

function parseRequest(text: string): RelayedRequest | null {
  const document = parse(text)
  if (document === null) return null
  const { url, method, headers, body } = document
  if (typeof url !== 'string' || typeof method !== 'string' || !isTexts(headers)) return null
  return { url, method, headers, body: bytesOf(body) }
}

function parseAnswer(text: string): RelayedAnswer {
  const { status, statusText, headers, body, fault } = parse(text) ?? {}
  if (typeof status !== 'number' || typeof statusText !== 'string' || !isTexts(headers)) {
    return { fault: typeof fault === 'string' ? fault : 'the keeper has answered something else' }
  }
  return { status, statusText, headers, body: bytesOf(body) }
}

function parse(text: string) {
  try {
    const value: unknown = JSON.parse(text)
    return isJsonObject(value) ? value : null
  } catch {
    return null // No request, and no answer: neither has any effect.
  }
}

function isTexts(value: unknown): value is Record<string, string> {
  return isJsonObject(value) && Object.values(value).every((one) => typeof one === 'string')
}
