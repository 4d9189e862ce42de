import type { Kind } from '../kinds/kind.js'
import { RULES } from '../record/merge/rules.js'
import { authorOfFile, authorOfRewrittenFile } from './committed-files.js'
import { type Copy, type CopyReading, readLocalCopy, readRemoteCopy } from './entry.js'
import type { RecordFile } from './record-files.js'
import type { Repo } from './repo.js'

/** Reads a record file of a store: its own, or one that a pull brought. */
export function readCopy(repo: Repo, kind: Kind, origin: Copy['origin'], file: RecordFile): CopyReading {
  if (origin === 'remote') {
    const isPulled = authorOfRewrittenFile(repo, file) === null
    return isPulled ? readRemoteCopy(kind, file) : { reason: 'is tracked by git, so no pull has brought it' }
  }
  const author = RULES[kind.merge].isRewritten ? authorOfRewrittenFile(repo, file) : authorOfFile(repo, file)
  return readLocalCopy(kind, file, author)
}
