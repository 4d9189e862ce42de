import { createHmac, timingSafeEqual } from 'node:crypto'
import { CoordError } from '../base/errors.js'
import type { InHistory, Page, Position, StoreAnswer } from './stores/record-store.js'
import type { Space } from './stores/space-directory.js'
import type { Store } from './stores/store.js'

/** What a position looks like that a hub has told: the id, the name of the commit, and the proof. */
const POSITION = /^(\d{1,15})\.([0-9a-z]{1,64})\.([\w-]{22})$/

/** What is heard when a store turns out to have been set back. */
export interface SetBack {
  readonly space: Space
  /** From now on. */
  readonly epoch: string
}

/**
 * Which history readers and writers are of. With each answer they are told where the space ends, as a position that only this store
 * can have made; with the next request they send it back. Where the store has another commit there, or none, it was set back since:
 * by a copied file, a snapshot of the machine, a disk that lost what it had acknowledged. That is proven by then, so the store
 * is renewed as `hub restore` would have done it, and everybody begins anew.
 */
export class History {
  readonly #store: Store
  readonly #secret: Buffer
  readonly #onSetBack: (setBack: SetBack) => void

  /** @param secret the same for all hubs of the store, and no other's */
  constructor(store: Store, secret: Buffer, onSetBack: (setBack: SetBack) => void) {
    this.#store = store
    this.#secret = secret
    this.#onSetBack = onSetBack
  }

  /** The position of an answer, as it is told; `undefined`: there is none. */
  tell(space: Space, { epoch, position }: InHistory): string | undefined {
    if (epoch === undefined || !position) return undefined
    return `${position.id}.${position.nonce}.${this.#proof(space, epoch, position).toString('base64url')}`
  }

  /**
   * Whether everything that somebody has seen is of the history that stands here. Asked after what is answered was read: of that
   * the answer is true then. Renews a store that is proven to have been set back.
   *
   * @param seen positions as they were told
   * @returns `false`: who has seen them begins anew, because they are of another history, or too old to be known
   */
  async follows(space: Space, seen: readonly string[]): Promise<boolean> {
    const { positions } = this.#store
    if (positions === undefined || seen.length === 0) return true
    const { epoch } = this.#store
    const known = this.#known(space, epoch, seen)
    const verdict = known.length === 0 ? 'stand' : await positions.judge(space, known)
    if (verdict === 'lost') await this.#renew(space, epoch)
    return verdict === 'stand' && known.length === seen.length
  }

  /**
   * Reads, where everything that somebody has seen is judged with what is read. Renews as {@link follows} does.
   *
   * @param read given what has to be judged
   * @returns also whether it {@link follows}; `undefined`: nothing was seen
   */
  async read(
    space: Space,
    seen: readonly string[],
    read: (seen: readonly Position[]) => Promise<Page>,
  ): Promise<{ readonly page: Page; readonly follows: boolean | undefined }> {
    const { epoch } = this.#store
    const known = this.#known(space, epoch, seen)
    const page = await read(known)
    return { page, follows: await this.#judged(space, seen, { epoch, known }, page) }
  }

  /**
   * Writes, where everything that somebody has seen is judged in the transaction of the write. In a store that is proven to have been
   * set back nothing is written before it is renewed: what is granted in it would have a token of the past.
   *
   * @param write given what has to be judged; rejects with `STORE_SET_BACK` where that is lost
   * @returns also whether it {@link follows}; `undefined`: nothing was seen
   */
  async write(
    space: Space,
    seen: readonly string[],
    write: (seen: readonly Position[]) => Promise<StoreAnswer>,
  ): Promise<{ readonly answer: StoreAnswer; readonly follows: boolean | undefined }> {
    const { epoch } = this.#store
    const known = this.#known(space, epoch, seen)
    try {
      const answer = await write(known)
      return { answer, follows: await this.#judged(space, seen, { epoch, known }, answer) }
    } catch (thrown) {
      if (!(thrown instanceof CoordError) || thrown.code !== 'STORE_SET_BACK') throw thrown
      await this.#renew(space, epoch)
      // What was seen is of the epoch before.
      return { answer: await write([]), follows: false }
    }
  }

  /** What comes of the verdict of a store on what was known of an epoch; `undefined`: nothing was seen. */
  async #judged(
    space: Space,
    seen: readonly string[],
    { epoch, known }: { readonly epoch: string; readonly known: readonly Position[] },
    verdict: Pick<Page, 'epoch' | 'seen'>,
  ): Promise<boolean | undefined> {
    if (this.#store.positions === undefined || seen.length === 0) return seen.length === 0 ? undefined : true
    // Another hub has renewed it, and this one has heard of that by this answer.
    if (verdict.epoch !== epoch) return this.follows(space, seen)
    if (verdict.seen === 'lost') await this.#renew(space, epoch)
    return verdict.seen === 'stand' && known.length === seen.length
  }

  async #renew(space: Space, epoch: string): Promise<void> {
    const renewed = await this.#store.renew(epoch)
    if (renewed !== epoch) this.#onSetBack({ space, epoch: renewed })
  }

  #known(space: Space, epoch: string, seen: readonly string[]): Position[] {
    if (this.#store.positions === undefined) return []
    return seen.map((text) => this.#read(space, epoch, text)).filter((position) => position !== null)
  }

  /** `null`: not by this store, in this epoch, of this space. */
  #read(space: Space, epoch: string, text: string): Position | null {
    const [, id, nonce, proof] = POSITION.exec(text) ?? []
    if (id === undefined || nonce === undefined || proof === undefined) return null
    const position = { id: Number(id), nonce }
    return timingSafeEqual(Buffer.from(proof, 'base64url'), this.#proof(space, epoch, position)) ? position : null
  }

  #proof({ owner, slug }: Space, epoch: string, { id, nonce }: Position): Buffer {
    const said = `${epoch} ${owner}/${slug} ${id} ${nonce}`
    return createHmac('sha256', this.#secret).update(said).digest().subarray(0, 16)
  }
}
