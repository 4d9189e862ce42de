import type { KindRegistry } from '../../kinds/registry.js'
import type { Repo } from '../repo.js'
import { FileChanges, placesOf } from './file-table.js'
import type { IndexDatabase } from './index-database.js'
import { judgeIndexFault } from './index-fault.js'
import { noteKeptAsked, noteLook } from './last-look.js'
import { areNoted, type NotedKinds, noteKinds } from './noted-kinds.js'
import { isAnothersView } from './noted-viewer.js'
import { rejudge } from './rejudge.js'
import { isAsKnown, scan, scanKept } from './scan.js'
import { StoreIndex } from './store-index.js'
import { isUpToDate, type LookedAt, type ScanOptions, wereAsked } from './up-to-date.js'

/** Each brings back records that were over; what a longer chain holds the next command sees. */
const MAX_ROUNDS = 10

/** Brings the index of a store up to date with its files; `null`: it cannot be asked, and the files have to be read. */
export function refreshIndex(repo: Repo, registry: KindRegistry, wanted: ScanOptions): StoreIndex | null {
  const index = StoreIndex.of(repo)
  const places = registry.all.flatMap(placesOf)
  const kinds: NotedKinds = { names: registry.all.map(({ name }) => name), places }
  // What a program with other kinds has asked after is not all of these.
  const optionsBy = (database: IndexDatabase) => ({
    ...wanted,
    ...(areNoted(database, kinds) ? { askedAt: index.keptAskedAt } : { slack: 0 }),
  })
  const isFresh = (database: IndexDatabase) =>
    isUpToDate(repo, database, places, optionsBy(database), isAsKnown) && !isAnothersView(database, wanted.viewer)
  const known = index.read((database) => ({
    isFresh: isFresh(database),
    areKindsNoted: areNoted(database, kinds),
    areKeptAsked: !wereAsked(database, optionsBy(database)),
  }))
  if (known?.isFresh) {
    if (known.areKeptAsked) index.keptAskedAt = wanted.now
    // Who comes with slack comes with others, each of which would ask after all of them again.
    const isWorthNoting = known.areKeptAsked && (wanted.slack ?? 0) > 0
    if (!known.areKindsNoted || isWorthNoting) {
      index.change((database) => {
        noteKinds(database, kinds)
        if (isWorthNoting) noteKeptAsked(database, wanted.now)
      })
    }
    return index
  }
  // A store that holds nothing yet gets no index either.
  if (known === undefined && isEmpty(repo, places, wanted)) return null
  const lookAtAll = (database: IndexDatabase) => {
    const options = optionsBy(database)
    const { now, viewer } = options
    const isAnothers = isAnothersView(database, viewer)
    const areKeptAsked = !wereAsked(database, options)
    const asked = new Set<string>()
    // What a change has brought back was over until now, so nobody was to ask after its file.
    let broughtBack: ReadonlySet<string> | 'all' = 'all'
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const changes = new FileChanges(database)
      if (round === 0) scan(repo, database, places, options, changes, asked)
      else scanKept(repo, database, places, broughtBack, options, changes, asked)
      changes.finish()
      broughtBack = rejudge(repo, database, registry, isAnothers && round === 0 ? 'all' : changes, options)
      if (changes.records.size === 0) break
    }
    noteKinds(database, kinds)
    noteLook(database, now)
    if (areKeptAsked) noteKeptAsked(database, now)
  }
  return index.changeUnless(isFresh, lookAtAll) ? index : null
}

function isEmpty(repo: Repo, places: readonly LookedAt[], options: ScanOptions): boolean {
  try {
    return isUpToDate(repo, null, places, options, () => false)
  } catch (error) {
    if (judgeIndexFault(error) === 'passing') return true
    throw error
  }
}
