import type { KeyObject } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openSession } from '../../src/open-session.js'
import { pull } from '../../src/sync/pull/pull.js'
import { push } from '../../src/sync/push/push.js'
import { watch } from '../../src/sync/watch.js'
import type { Session } from '../../src/workspace/session.js'
import { giveIdentity } from '../support/give-identity.js'
import type { Ledger } from './ledger.js'
import type { Random } from './random.js'

export interface WorkspacePlace {
  readonly name: string
  /** A directory of its own. */
  readonly directory: string
  readonly hub: string
  readonly owner: { readonly handle: string; readonly privateKey: KeyObject }
  readonly slug: string
  readonly ledger: Ledger
  readonly random: Random
  readonly signal: AbortSignal
}

/** A repository that is worked in while everything breaks: files are written, pushed and pulled by the real pipelines. */
export class SoakWorkspace {
  readonly #place: WorkspacePlace
  readonly #coordination: string
  readonly #session: Session
  /** Contents of the records that were written here, by name. */
  readonly #written = new Map<string, string>()
  #beat = ''

  static async create(place: WorkspacePlace): Promise<SoakWorkspace> {
    const { directory, hub, owner, slug } = place
    mkdirSync(join(directory, '.muse', 'coordination'), { recursive: true })
    const env = { HOME: join(directory, 'home') }
    mkdirSync(env.HOME)
    giveIdentity(env, hub, owner)
    return new SoakWorkspace(place, await openSession({ directory, env, hub, owner: owner.handle, slug }))
  }

  private constructor(place: WorkspacePlace, session: Session) {
    this.#place = place
    this.#session = session
    this.#coordination = join(place.directory, '.muse', 'coordination')
  }

  /** Writes and pushes until the end; what a push that did not fail covers is acknowledged. */
  async writeAndPush(): Promise<void> {
    const { random, signal } = this.#place
    for (let round = 0; !signal.aborted; round++) {
      this.#writeFiles(round)
      await this.#push()
      await sleep(random.between(0, 30))
    }
    while (!(await this.#push()));
  }

  /** Writes files, which the watch that runs beside pushes; a push at the end covers what it could not. */
  async writeAndWatch(): Promise<void> {
    const { random, signal } = this.#place
    const watching = watch(this.#session.with({ signal }), { onEvent: () => undefined })
    for (let round = 0; !signal.aborted; round++) {
      this.#writeFiles(round)
      await sleep(random.between(20, 80))
    }
    await watching
    while (!(await this.#push()));
    await this.pullAll()
  }

  /** Pulls to the end, through every fault. */
  async pullAll(): Promise<void> {
    for (;;) {
      try {
        const { hasMore } = await pull(this.#session, { all: true, keepRecords: false })
        if (!hasMore) return
      } catch (error) {
        this.#explain(error)
        await sleep(25)
      }
    }
  }

  /** What was pulled, by name: id and content. */
  pulled(): Map<string, string> {
    const remote = join(this.#coordination, 'remote')
    const files = readdirSync(remote, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'))
    return new Map(files.map((file) => [file.slice(0, -'.json'.length), contentOf(join(remote, file))]))
  }

  async #push(): Promise<boolean> {
    // Before the push looks: what is written meanwhile belongs to the next.
    const covered = new Map(this.#written)
    const beat = this.#beat
    const { ledger, name } = this.#place
    try {
      const { failed, errors, conflicts, rejected } = await push(this.#session)
      for (const refused of [...conflicts, ...rejected]) ledger.surprises.push(`${name}: ${JSON.stringify(refused)}`)
      if (failed) {
        ledger.unanswered++
        if (errors.length === 0) ledger.surprises.push(`${name}: a push failed without an error`)
        return false
      }
    } catch (error) {
      this.#explain(error)
      return false
    }
    ledger.answered++
    for (const [record, content] of covered) ledger.acknowledged.set(record, content)
    ledger.registers.set(`heartbeat/${name}`, beat)
    return true
  }

  /** A hub that is away for longer than a client's patience is no surprise. */
  #explain(error: unknown): void {
    const { code = '', message = String(error) } = error as { code?: string; message?: string }
    this.#place.ledger.unanswered++
    if (!['HUB_UNREACHABLE', 'HUB_UNAVAILABLE', 'HUB_TIMEOUT'].includes(code)) {
      this.#place.ledger.surprises.push(`${this.#place.name}: ${message}`)
    }
  }

  #writeFiles(round: number): void {
    const { name, random } = this.#place
    for (let index = random.between(1, 8); index > 0; index--) {
      const id = `${name}-${round}-${index}`
      const payload = { reservation_id: id, run_id: name, addresses: [`lib/${id}.ts`] }
      this.#written.set(`reservation/${id}`, this.#writeFile('reservations', id, payload))
    }
    this.#beat = this.#writeFile('heartbeats', name, { run_id: name, beat: round })
  }

  /** As other programs write: whole or not at all. */
  #writeFile(directory: string, id: string, payload: object): string {
    const content = JSON.stringify(payload)
    const folder = join(this.#coordination, directory)
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, `.${id}.tmp`), content)
    renameSync(join(folder, `.${id}.tmp`), join(folder, `${id}.json`))
    return content
  }
}

function contentOf(file: string): string {
  const { id, payload } = JSON.parse(readFileSync(file, 'utf8')) as { id: number; payload: object }
  return `${id} ${JSON.stringify(payload)}`
}
