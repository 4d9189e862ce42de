import type { Kind } from '../kinds/kind.js'
import { RULES } from '../record/merge/rules.js'
import { authorOfFile } from './committed-files.js'
import { type Copy, type CopyReading, readLocalCopy, readRemoteCopy } from './entry.js'
import type { RecordFile } from './record-files.js'
import type { Repo } from './repo.js'

/**
 * Reads a record file of a store: its own, or one that a pull brought. A kind whose files are rewritten in place has its committed
 * ones counted as the user's own, for the next change of the user's own makes them so and is compared to them.
 */
export function readCopy(repo: Repo, kind: Kind, origin: Copy['origin'], file: RecordFile): CopyReading {
  if (origin === 'remote') return readRemoteCopy(kind, file)
  return readLocalCopy(kind, file, RULES[kind.merge].isRewritten ? null : authorOfFile(repo, file))
}
