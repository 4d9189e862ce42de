import { type Acknowledged, contentHash, type Thoroughness } from '../../src/workspace/index/sent-files.js'
import { type IgnoredFile, readPayload } from '../../src/workspace/record-files.js'
import type { Repo } from '../../src/workspace/repo.js'
import type { SpaceAddress } from '../../src/workspace/state/space-address.js'
import { SyncState } from '../../src/workspace/state/sync-state.js'

export const SPACE: SpaceAddress = { hub: 'http://127.0.0.1:1337', owner: 'gabriel', slug: 'myrepo' }
export const TASK = { name: 'task', directory: 'tasks' }

export interface PretendPush {
  /** Names of the files whose content was not known to be at the hub. */
  readonly sent: string[]
  /** Names of the files that were read although the hub held them. */
  readonly held: string[]
  readonly known: number
  readonly ignored: readonly IgnoredFile[]
}

export interface PretendOptions extends Partial<Thoroughness> {
  readonly kind?: { readonly name: string; readonly directory: string }
  /** Names of the files that the hub does not take. */
  readonly refused?: readonly string[]
  readonly state?: SyncState
}

/** What a push does with the state of one kind, with a hub that says yes. */
export function pretendPush(repo: Repo, options: PretendOptions = {}): PretendPush {
  const { kind = TASK, refused = [], everyFile = false, everyContent = false, only } = options
  const files = (options.state ?? SyncState.open(repo, SPACE)).sent(kind)
  const sent: string[] = []
  const held: string[] = []
  const acknowledged: Acknowledged[] = []
  for (const file of files.candidates({ everyFile, everyContent, only })) {
    const reading = readPayload(file)
    if (!('payload' in reading)) continue
    const recordId = String(reading.payload.id ?? file.name.slice(0, -5))
    const hash = contentHash(JSON.stringify(reading.payload))
    if (!everyContent && files.holds(file, recordId, hash)) held.push(file.name)
    else sent.push(file.name)
    if (!refused.includes(file.name)) acknowledged.push({ file, recordId, hash })
  }
  files.record(acknowledged)
  files.finish()
  return { sent, held, known: files.knownCount, ignored: files.ignored }
}
