import { basename } from 'node:path'
import { nodeCrypto } from '../base/node-crypto.js'
import { nodeOs } from '../base/node-os.js'
import { machineId } from '../files/machine-id.js'
import type { Place } from '../kinds/kind.js'
import { isJsonObject } from '../record/record.js'
import type { Repo } from './repo.js'
import { checkedOutBranch } from './working-tree.js'

/** Where a command works. */
export function placeOf(repo: Pick<Repo, 'tree' | 'workingTree' | 'muse'>): Place {
  const { tree } = repo
  const machine = nodeOs().hostname()
  // The path itself is nobody's business: a space may be open to all.
  const id = nodeCrypto()
    .createHmac('sha256', machineId() ?? machine)
    .update(tree)
    .digest('hex')
    .slice(0, 16)
  return { id, machine, tree: basename(tree), branch: branchOf(repo) }
}

/** The place that a field of a record names, whoever wrote it; `null`: none. */
export function readPlace(value: unknown): Place | null {
  if (!isJsonObject(value)) return null
  const { id, machine, tree, branch } = value
  if (typeof id !== 'string' || typeof machine !== 'string' || typeof tree !== 'string') return null
  return { id, machine, tree, branch: typeof branch === 'string' ? branch : null }
}

/** What tells a place from all others; `null`: it is not known, and tells nobody apart. */
export function placeName(place: Place | null | undefined): string | null {
  return place?.id ?? null
}

const MAX_HEAD_BYTES = 4096

/** The branch that is checked out in the tree by git, else by Muse; `null` where neither names one. */
export function branchOf({ workingTree, muse }: Pick<Repo, 'workingTree' | 'muse'>): string | null {
  if (workingTree !== null) return checkedOutBranch(workingTree)
  const reading = muse.read('HEAD', MAX_HEAD_BYTES)
  // A workspace without branches is a workspace all the same.
  return 'text' in reading ? (/^ref: refs\/heads\/(\S+)\s*$/.exec(reading.text)?.[1] ?? null) : null
}
