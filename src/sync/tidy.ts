import { basename } from 'node:path'
import { problemOf } from '../base/errors.js'
import { readConfig } from '../workspace/config.js'
import { type PulledFiles, writePulled } from '../workspace/index/pulled-files.js'
import { withRemoteLock } from '../workspace/remote-lock.js'
import type { Session } from '../workspace/session.js'
import { type CollectedFile, collectGarbage } from './collect-garbage.js'
import { findUnsent } from './push/unsent.js'
import { mentionsOf } from './still-needed.js'

/** So many files at most; done in some hundredths of a second. */
const SLICE = 500

/**
 * Does a slice of what `gc` does, as the settings say, so that the number of files stays bounded without anybody's doing:
 * whoever has just waited for a hub, or says goodbye, pays for it. Returns how many files were removed.
 */
export async function tidy(session: Session): Promise<number> {
  const { registry, workspace } = session
  const { repo, view } = workspace
  const { keepFinishedSeconds: olderThanSeconds } = readConfig(repo)
  if (olderThanSeconds === null) return 0
  const now = view.now
  const endedBefore = now - olderThanSeconds * 1000
  const only = new Set(view.nextOld(endedBefore, SLICE))
  if (only.size === 0) return 0
  const unsent = await findUnsent(session)
  const kinds = registry.all
  let removed: readonly CollectedFile[] = []
  const remove = (): PulledFiles => {
    const slice = view.alive(only, endedBefore)
    const found = kinds.flatMap((kind) => slice.entries(kind.name).map((entry) => ({ kind, entry })))
    // Also what they mention: it may have to stay, and then what says that it is over stays with it.
    const mentioned = found.filter(({ entry }) => only.has(entry.recordId)).flatMap(mentionsOf)
    const records = view.alive([...only, ...mentioned], endedBefore)
    removed = collectGarbage({ repo, kinds, view, records, only, now, olderThanSeconds, unsent, dryRun: false }).removed
    return namesByKind(removed.filter(({ origin }) => origin === 'remote'))
  }
  const judge = { now, viewer: workspace.viewer }
  await withRemoteLock(repo, () => writePulled(repo, registry, judge, remove), session.signal)
  return removed.length
}

/** The same for whoever has something else to do, which a fault of it must not fail. */
export async function tidyOrNote(session: Session): Promise<number> {
  try {
    return await tidy(session)
  } catch (error) {
    if (!session.signal.aborted) session.note(`⚠️  What is over for long could not be removed: ${problemOf(error)}`)
    return 0
  }
}

function namesByKind(files: readonly CollectedFile[]): PulledFiles {
  const names = new Map<string, Map<string, null>>()
  for (const { kind, file } of files) {
    const ofKind = names.get(kind) ?? new Map<string, null>()
    names.set(kind, ofKind.set(basename(file), null))
  }
  return names
}
