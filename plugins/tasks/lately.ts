import type { SeenRecord, Session, Workspace } from '../../src/plugin.js'
import type { BoardTask } from './board.js'

/** For so long a task that somebody enqueued, rewrote in place or gave back may be passed by while there are others. */
export const NEWS_MILLISECONDS = 1000

/**
 * What a process that claims one task after the other has found out within the last {@link NEWS_MILLISECONDS}, and need not find
 * out anew. Times are milliseconds since 1970, by the clock of this machine.
 */
export class Lately {
  static readonly #ofWorkspaces = new WeakMap<Workspace, Lately>()
  readonly #clock: Session['clock']
  /** By run, when it entered. */
  readonly #entered = new Map<string, number>()
  readonly #refused = new Map<string, { readonly at: number; readonly claim: string }>()
  #claimed: { readonly at: number; readonly refusals: number } | null = null

  private constructor(clock: Session['clock']) {
    this.#clock = clock
  }

  /** Of a store as it was opened: another one in its place is another workspace. */
  static of({ workspace, clock }: Session): Lately {
    let lately = Lately.#ofWorkspaces.get(workspace)
    if (lately === undefined) {
      lately = new Lately(clock)
      Lately.#ofWorkspaces.set(workspace, lately)
    }
    return lately
  }

  hasEntered(runId: string): boolean {
    return this.#isRecent(this.#entered.get(runId))
  }

  noteEntered(runId: string): void {
    this.#forgetOld(this.#entered, (at) => at)
    this.#entered.set(runId, this.#clock.now())
  }

  /** How many tasks were refused before one was claimed; `null`: none was. */
  get refusals(): number | null {
    return this.#isRecent(this.#claimed?.at) ? (this.#claimed?.refusals ?? null) : null
  }

  noteClaimed(refusals: number): void {
    this.#claimed = { at: this.#clock.now(), refusals }
  }

  /** Whether a task was refused, and what stands of its claim here is what stood then. */
  wasRefused({ taskId, claim }: BoardTask): boolean {
    const refused = this.#refused.get(taskId)
    return refused !== undefined && this.#isRecent(refused.at) && refused.claim === textOf(claim)
  }

  noteRefused(tasks: readonly BoardTask[]): void {
    this.#forgetOld(this.#refused, ({ at }) => at)
    const at = this.#clock.now()
    for (const { taskId, claim } of tasks) this.#refused.set(taskId, { at, claim: textOf(claim) })
  }

  /** By a clock that was set back since nothing can be told. */
  #isRecent(at: number | undefined): boolean {
    const age = at === undefined ? Number.NaN : this.#clock.now() - at
    return age >= 0 && age <= NEWS_MILLISECONDS
  }

  #forgetOld<Known>(known: Map<string, Known>, timeOf: (one: Known) => number): void {
    for (const [key, one] of known) if (!this.#isRecent(timeOf(one))) known.delete(key)
  }
}

function textOf(claim: SeenRecord | undefined): string {
  if (claim === undefined) return ''
  const { id, runId, expiresAt, token, payload } = claim
  return JSON.stringify([id, runId, expiresAt, token, payload.status])
}
