import type { IncomingMessage, ServerResponse } from 'node:http'
import { networkOf } from './network.js'

/** Some milliseconds of work, also where each is looked at and then refused. As many of one address share a commit. */
const MOST_A_TURN = 32

type Handler = (request: IncomingMessage, response: ServerResponse) => void

interface Waiting {
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

/**
 * Hands on so many requests in a turn of the event loop. Where more have come they go by turns of the addresses that they come from, so
 * that however much one sends at once, a request of another waits for a few of them at each of its steps. One behind others on its
 * connection waits until its answer is the next there: nobody takes it before, and until then it is a head and nothing more.
 */
export class RequestTurns {
  readonly #handle: Handler
  /** Those whose answers are the next on their connections, by address, in the order of the next turns. */
  readonly #waiting = new Map<string, Waiting[]>()
  #handedOn = 0
  #isRunning = false

  constructor(handle: Handler) {
    this.#handle = handle
  }

  take(request: IncomingMessage, response: ServerResponse): void {
    // It came in one piece with that by which its connection was cut.
    if (request.socket.destroyed) return
    // Node gives an answer its connection when those before it are out.
    if (response.socket === null) response.once('socket', () => this.#enter({ request, response }))
    else this.#enter({ request, response })
  }

  #enter(one: Waiting): void {
    if (this.#waiting.size === 0 && this.#handedOn < MOST_A_TURN) this.#handOn(one)
    else {
      const address = networkOf(one.request.socket.remoteAddress ?? '')
      const own = this.#waiting.get(address)
      if (own === undefined) this.#waiting.set(address, [one])
      else own.push(one)
    }
    if (this.#isRunning) return
    this.#isRunning = true
    setImmediate(() => this.#run())
  }

  #run(): void {
    this.#handedOn = 0
    for (let [next] = this.#waiting; next !== undefined && this.#handedOn < MOST_A_TURN; [next] = this.#waiting) {
      const [address, own] = next
      const one = own.shift() as Waiting
      this.#waiting.delete(address)
      if (own.length > 0) this.#waiting.set(address, own)
      if (!one.request.socket.destroyed) this.#handOn(one)
    }
    this.#isRunning = this.#handedOn > 0
    if (this.#isRunning) setImmediate(() => this.#run())
  }

  #handOn({ request, response }: Waiting): void {
    this.#handedOn += 1
    this.#handle(request, response)
  }
}
