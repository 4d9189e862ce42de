import type { Kind } from '../kinds/kind.js'
import { authorOfFile } from './committed-files.js'
import { type Copy, type CopyReading, readLocalCopy, readRemoteCopy } from './entry.js'
import type { RecordFile } from './record-files.js'
import type { Repo } from './repo.js'

/** Reads a record file of a store: its own, or one that a pull brought. */
export function readCopy(repo: Repo, kind: Kind, origin: Copy['origin'], file: RecordFile): CopyReading {
  return origin === 'local' ? readLocalCopy(kind, file, authorOfFile(repo, file)) : readRemoteCopy(kind, file)
}
