import { wireText } from '../../record/wire.js'
import { contentHash } from '../index/sent-files.js'
import { examineFile } from '../record-files.js'
import { SyncState } from '../state/sync-state.js'
import type { Target } from '../target.js'
import type { SealedRecord } from '../workspace.js'

/**
 * Remembers that the hub holds a record which was written by itself, as a push does of those that it sends: what is
 * unsent is asked for elsewhere.
 *
 * @throws `FILE_FAILED`
 */
export function rememberSent({ repo, hub, owner, slug }: Target, { kind, record, payloadText }: SealedRecord): void {
  const file = examineFile(repo, kind.directory, `${record.recordId}.json`, [])
  if (file === null) return
  const state = SyncState.open(repo, { hub: hub.base, owner, slug })
  const hash = contentHash(wireText(record, payloadText))
  // Another process may have replaced the file since.
  state.sentByContent(kind).record([{ file, recordId: record.recordId, hash }])
}
