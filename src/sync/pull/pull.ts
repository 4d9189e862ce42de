import { endingWith } from '../../base/ending-with.js'
import { coordError } from '../../base/errors.js'
import { resolveOr } from '../../base/injection.js'
import { JsonText } from '../../base/json/json-text.js'
import { startTimer } from '../../base/timer.js'
import type { HubClient } from '../../hub-client/hub-client.js'
import type { RawPullAnswer } from '../../hub-client/pull-answer.js'
import { type KindRegistry, registryOf } from '../../kinds/registry.js'
import { DEFAULT_PAGE, MAX_PAGE, type PullQuery } from '../../record/protocol.js'
import type { StoredRecord } from '../../record/record.js'
import { connect } from '../../workspace/connect.js'
import { noteHub } from '../../workspace/former-hub.js'
import { momentNow } from '../../workspace/hub-clock.js'
import { notePulledDirectories, writePulled } from '../../workspace/index/pulled-files.js'
import { readAhead } from '../../workspace/index/read-ahead.js'
import type { Judge } from '../../workspace/index/rejudge.js'
import type { IgnoredFile } from '../../workspace/record-files.js'
import { withRemoteLock } from '../../workspace/remote-lock.js'
import type { Session } from '../../workspace/session.js'
import type { SeenAt } from '../../workspace/state/as-of.js'
import { Remarks } from '../../workspace/state/remarks.js'
import { SyncState } from '../../workspace/state/sync-state.js'
import { resolveTarget, type Target } from '../../workspace/target.js'
import { unclaimedRemote } from '../../workspace/unclaimed.js'
import { tidyOrNote } from '../tidy.js'
import { NewRemoteDirectories } from './new-remote-directories.js'
import { PullProgress } from './progress.js'
import { type ReceivedRecord, type RefusedRecord, receive } from './received.js'
import { RemoteFiles } from './remote-files.js'
import { RemoteInventory } from './remote-inventory.js'

/** What a hub of ours sends at once is half of it. */
const LARGE_PAGE_CHARACTERS = 2 * 1024 * 1024

export interface PullOptions {
  /** Names of kinds; all of them when left out or empty. */
  kinds?: readonly string[] | undefined
  /** Return what has an id above this one; left out: go on where the last pull of these kinds ended. */
  sinceId?: number | undefined
  /** Fetch everything of these kinds from the start, whatever was pulled before. Not beside `sinceId`. */
  recheck?: boolean | undefined
  /** The most records that this call takes, 1–1000; 500 when left out. With `all` the most of one page. */
  limit?: number | undefined
  /** Go on to the end of the space. */
  all?: boolean | undefined
  /** `false`: the result's `records` stays empty, so that memory does not grow with what is pulled. */
  keepRecords?: boolean | undefined
  /** Called after each page that is written. */
  onProgress?: ((progress: { count: number; cursor: number }) => void) | undefined
}

export interface PullResult {
  /** Milliseconds. */
  durationMs: number
  /** `owner/slug` */
  space: string
  /** Records that came and are here; what was refused is not counted. */
  count: number
  /** Everything of these kinds up to this id is here. Give it as `sinceId` to go on from there. */
  cursor: number
  /** They, in the order in which they came; none with `keepRecords: false`. */
  records: StoredRecord[]
  /** The same as the hub sent them: each token as it is spelt, with fields that nobody here knows. */
  recordTexts: JsonText[]
  /** Files that were new or changed. */
  written: number
  /** Files that held the same already. */
  unchanged: number
  /** What came and was not written. */
  rejected: RefusedRecord[]
  /** Directories under `remote/` of kinds whose plugin is gone: nobody reads them. */
  ignored: readonly IgnoredFile[]
  /** The hub has more than this call took. */
  hasMore: boolean
  /** The hub was replaced, restored, or has removed what was never seen here: this pull began again from the start. */
  startedOver: boolean
  /** Files of records that were over for long and went from here meanwhile, see `tidy`. */
  tidied: number
  /** Kinds that were fetched from the start because files of theirs were gone here, or because `recheck` asked for it. */
  fetchedAgain: readonly string[]
}

/** What a pull has done so far. */
type Received = Pick<PullResult, 'count' | 'records' | 'recordTexts' | 'written' | 'unchanged' | 'rejected'>

/**
 * Pulls records from a session's space and writes them to `.muse/coordination/remote/<kind>/<record_id>.json`. The cursor
 * of a kind is saved after the records it covers. When the session ends meanwhile it rejects with `INTERRUPTED`; what came
 * by then is written and recorded.
 */
export function pull(session: Session, options: PullOptions = {}): Promise<PullResult> {
  const { container } = session
  return resolveOr<Pull>(container, PULL, () => new PullPipeline(registryOf(container))).run(session, options)
}

/** A way to pull: the pipeline, or what a program has registered in its place. */
export interface Pull {
  run(session: Session, options: PullOptions): Promise<PullResult>
}

/** The DI token of {@link Pull}. */
export const PULL: symbol = Symbol.for('muse-coord.pull')

/** The way of records from a hub to files, for every kind of the registry. */
class PullPipeline implements Pull {
  constructor(private readonly registry: KindRegistry) {}

  async run(session: Session, options: PullOptions): Promise<PullResult> {
    const elapsedMs = startTimer()
    checkBounds(options)
    const target = resolveTarget(session, options.kinds)
    const { repo, hub, owner, slug } = target
    const state = SyncState.open(repo, { hub: hub.base, owner, slug })
    const inventory = new RemoteInventory(repo, state, namesOf(target))
    const fetchedAgain = options.recheck ? namesOf(target) : options.sinceId === undefined ? inventory.missing : []
    state.pullKindsAnew(fetchedAgain)
    const remarks = new Remarks(repo, state.folder, 'pull')
    const fromStart = namesOf(target).filter((kind) => (options.sinceId ?? state.cursor(kind)) === 0)
    const isAll = () => progress.startedOver || fromStart.length === this.registry.all.length
    const progress = new PullProgress(boundsOf(options, target), state)
    const ending = endingWith(session.signal)
    const client = await connect(session.with({ signal: ending.signal }), target)
    try {
      const files = new NewRemoteDirectories(new RemoteFiles(repo), state.folder, repo.recordsOpenTo)
      const passage = { session, target, client, progress, state, files, remarks }
      const { seen, ...pulled } = await this.#pages(passage, options).finally(async () => {
        await publish(passage)
        inventory.save(files.created, fetchedAgain)
        remarks.save(isAll() ? null : fromStart)
      })
      noteHub(session, repo.root, target)
      if (seen !== null && options.sinceId === undefined) {
        state.noteSeen(namesOf(target), seen)
        session.workspace.clock.refresh()
      }
      const ignored = unclaimedRemote(repo, this.registry)
      if (pulled.count > 0) await readAhead(repo, this.registry, judgeOf(session), session.signal)
      const tidied = pulled.count > 0 && !session.signal.aborted ? await tidyOrNote(session) : 0
      const { count, cursor, records, recordTexts, ...others } = pulled
      const space = `${owner}/${slug}`
      // A document has them in this order, as the help lists them.
      const first = { durationMs: elapsedMs(), count, space, cursor, records, recordTexts }
      return { ...first, ...others, ignored, tidied, fetchedAgain }
    } finally {
      // The next page may be under way, and nobody wants it any more.
      ending.end()
    }
  }

  async #pages(
    { session, target, client, progress, state, files, remarks }: Passage,
    options: PullOptions,
  ): Promise<Pages> {
    const { clock } = session
    let taken = 0
    const result: Received = { count: 0, records: [], recordTexts: [], written: 0, unchanged: 0, rejected: [] }

    let answer = ask(client, target, progress.next(0))
    for (;;) {
      const page = await answer.catch((error: unknown) => progress.startOver(error))
      if (page === null || progress.isOtherHub(page) || progress.isPassedByRetention(page)) {
        answer = ask(client, target, progress.next(0))
        continue
      }
      const moment = momentNow(clock)
      const hasMore = progress.advance(page)
      const reached = progress.snapshot()
      taken += page.records.length
      const goesOn = progress.wants(taken, hasMore)
      // Asked for before this page is written: the hub works while the files are made.
      if (goesOn) {
        answer = ask(client, target, progress.next(taken))
        await new Promise(setImmediate) // Writing holds this thread, so the question has to be out of the house.
      }
      const finishPage = () => {
        const othersReached = state.othersReached()
        const write = () => {
          for (const [index, value] of page.records.entries()) {
            const received = receive(value, page.texts[index] as string, this.registry)
            take(received, files, othersReached, options.keepRecords !== false, result)
            if ('reason' in received) remarks.add({ ...received, what: 'refused', file: null })
            else remarks.pass(received.record)
          }
          return files.takeWritten()
        }
        // Of a page like no hub of ours sends, the index reads what it has to in turns, once all is there.
        if (isLarge(page)) write()
        else writePulled(target.repo, this.registry, judgeOf(session), write)
        if (files.areFilling) progress.defer(reached, page)
        else progress.save(reached, page)
      }
      // Of pulls that run at once, one that is slow must not put an older version over what a faster one has brought.
      if (page.records.length > 0) await withRemoteLock(target.repo, finishPage, session.signal)
      else finishPage()
      const cursor = Math.min(...reached.values())
      options.onProgress?.({ count: taken, cursor })
      // Between two pages an interrupt is heard.
      await new Promise(setImmediate)
      if (goesOn) continue
      const seen = hasMore ? null : seenAt(page, moment)
      return { cursor, hasMore, startedOver: progress.startedOver, seen, ...result }
    }
  }
}

/** From where to where the pages of a pull go, and who is told. */
interface Passage {
  readonly session: Session
  readonly target: Target
  readonly client: HubClient
  readonly progress: PullProgress
  readonly state: SyncState
  readonly files: NewRemoteDirectories
  readonly remarks: Remarks
}

/** What the pages of a pull amount to. */
type Pages = Omit<PullResult, 'durationMs' | 'space' | 'fetchedAgain' | 'ignored' | 'tidied'> & {
  /** Until when everything is here; `null`: the hub has more. */
  readonly seen: SeenAt | null
}

/** A plain hub does not tell its time; then it is taken for ours. */
function seenAt({ now }: RawPullAnswer, moment: Omit<SeenAt, 'hubTime'>): SeenAt {
  return { ...moment, hubTime: now ?? moment.ownTime }
}

function judgeOf({ workspace: { clock, viewer } }: Session): Judge {
  return { now: clock.now(), viewer }
}

function isLarge({ texts }: RawPullAnswer): boolean {
  return texts.reduce((sum, { length }) => sum + length, 0) > LARGE_PAGE_CHARACTERS
}

/** Also of a pull that fails or is interrupted: what came by then is whole. */
async function publish({ session, target, files, progress, state }: Passage): Promise<void> {
  if (!files.areFilling) return
  await withRemoteLock(target.repo, () => {
    const placed = files.publish(state.othersReached())
    progress.saveDeferred()
    notePulledDirectories(target.repo, session.registry, judgeOf(session), placed)
  })
}

function checkBounds({ sinceId, limit, recheck }: PullOptions): void {
  const isWhole = (value: number, min: number, max: number) => Number.isInteger(value) && value >= min && value <= max
  if (sinceId !== undefined && !isWhole(sinceId, 0, Number.MAX_SAFE_INTEGER)) {
    throw coordError('FLAG_VALUE', 'sinceId', String(sinceId), 'a whole number >= 0')
  }
  if (recheck && sinceId !== undefined) {
    throw coordError('FLAG_VALUE', 'recheck', 'sinceId too', 'without a place to start from')
  }
  if (limit !== undefined && !isWhole(limit, 1, MAX_PAGE)) {
    throw coordError('FLAG_VALUE', 'limit', String(limit), `1–${MAX_PAGE}`)
  }
}

function boundsOf(options: PullOptions, target: Target) {
  return {
    hub: target.hub.base,
    kinds: namesOf(target),
    filtered: (options.kinds?.length ?? 0) > 0,
    sinceId: options.sinceId,
    limit: options.all ? Number.POSITIVE_INFINITY : (options.limit ?? DEFAULT_PAGE),
    pageLimit: options.all ? (options.limit ?? MAX_PAGE) : MAX_PAGE,
  }
}

function namesOf({ kinds }: Target): string[] {
  return kinds.map(({ name }) => name)
}

function ask(client: HubClient, target: Target, query: PullQuery): Promise<RawPullAnswer> {
  const answer = client.pull(target.owner, target.slug, query)
  // Awaited only after the page before is written; should that fail, this failure has nobody to tell.
  answer.catch(() => {})
  return answer
}

function take(
  received: ReceivedRecord | RefusedRecord,
  files: NewRemoteDirectories,
  othersReached: (kind: string) => number,
  keep: boolean,
  result: Received,
): void {
  if ('reason' in received) {
    result.rejected.push(received)
    return
  }
  const { record, line } = received
  const isKnown = record.id !== null && record.id <= othersReached(record.kind)
  result[files.write(record.kind, record.recordId, line, isKnown, record)] += 1
  result.count += 1
  if (!keep) return
  result.records.push(record)
  result.recordTexts.push(new JsonText(line))
}
