import type { KindRegistry } from '../kinds/registry.js'
import { type IgnoredFile, isRecordFileName } from './record-files.js'
import type { Repo } from './repo.js'

/** What this program keeps beside the records. */
const OWN = new Set(['remote', '.sync', '.gitignore'])

/** Record files under `.muse/coordination/` that lie in the directory of no kind, so that nobody sends them. */
export function unclaimedHere(repo: Repo, registry: KindRegistry): IgnoredFile[] {
  const claimed = new Set(registry.all.map(({ directory }) => directory))
  return unclaimed(
    repo,
    '',
    (name) => OWN.has(name) || claimed.has(name),
    (files) =>
      files === null
        ? 'lies in the directory of no kind'
        : `belongs to no kind that is registered here; ${files} file(s) in it are not sent`,
  )
}

/** Directories under `remote/` of kinds whose plugin is gone, so that nobody reads what a pull brought. */
export function unclaimedRemote(repo: Repo, registry: KindRegistry): IgnoredFile[] {
  return unclaimed(
    repo,
    'remote',
    (name) => registry.get(name) !== undefined,
    (files) =>
      files === null
        ? 'lies in the directory of no kind'
        : `holds records of a kind that no plugin here registers; ${files} file(s) in it are not read`,
  )
}

/** @param reason is given the number of record files in a directory, `null` for a file */
function unclaimed(
  repo: Repo,
  directory: string,
  isClaimed: (name: string) => boolean,
  reason: (files: number | null) => string,
): IgnoredFile[] {
  const folder = directory === '' ? repo.coordination : repo.coordination.in(directory)
  const found: IgnoredFile[] = []
  for (const name of [...folder.names()].sort()) {
    if (isClaimed(name)) continue
    const isDirectory = folder.stat(name)?.isDirectory() === true
    const files = isDirectory ? [...folder.in(name).names()].filter(isRecordFileName).length : null
    if (files === null ? isRecordFileName(name) : files > 0)
      found.push({ path: folder.pathOf(name), reason: reason(files) })
  }
  return found
}
