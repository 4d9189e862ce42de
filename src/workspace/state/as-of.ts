import type { Folder } from '../../files/folder.js'
import { isJsonObject } from '../../record/record.js'
import type { Repo } from '../repo.js'
import { type SpaceAddress, spaceDirectoryName } from './space-address.js'
import { MAX_STATE_BYTES, parseState, STATE_FILE } from './state-document.js'

/** A moment at which everything of a kind was here. */
export interface SeenAt {
  /** By the hub's clock: milliseconds since 1970. Everything that it had taken by then has been seen. */
  readonly hubTime: number
  /** The same moment by this machine's clock. */
  readonly ownTime: number
  /** Milliseconds since this machine was started, which nobody sets; `null`: it does not tell which start that was. */
  readonly upTime: number | null
  /** Which start of the machine. */
  readonly boot: string | null
}

/** A file of its own: it changes with each pull, and what else is known of the space does not. */
const FILE = 'as-of.json'
const MAX_BYTES = 64 * 1024

/** By kind, the moment until when everything of it in a space is here. Only reads. */
export function seenOf(repo: Repo, space: SpaceAddress): Readonly<Record<string, SeenAt>> {
  const folder = repo.sync.in(spaceDirectoryName(space))
  const reading = folder.read(STATE_FILE, MAX_STATE_BYTES)
  const state = 'text' in reading ? parseState(reading.text, space) : null
  return state === null ? {} : readSeen(folder, state.generation)
}

/** What cannot be read as such was never pulled. */
function readSeen(folder: Folder, generation: string): Readonly<Record<string, SeenAt>> {
  const reading = folder.read(FILE, MAX_BYTES)
  if ('fault' in reading) return {}
  let document: unknown
  try {
    document = JSON.parse(reading.text)
  } catch {
    return {}
  }
  if (!isJsonObject(document) || document.generation !== generation || !isJsonObject(document.kinds)) return {}
  const kinds = Object.entries(document.kinds)
  return Object.fromEntries(
    kinds.flatMap(([kind, value]) => {
      const seen = parseSeen(value)
      return seen === null ? [] : [[kind, seen]]
    }),
  )
}

/**
 * Notes that everything of some kinds is here. Of processes that do so at once one may undo what the other noted: less is
 * known then than could be, never more.
 */
export function noteSeen(folder: Folder, generation: string, kinds: readonly string[], seen: SeenAt): void {
  const all = { ...readSeen(folder, generation), ...Object.fromEntries(kinds.map((kind) => [kind, seen])) }
  const entries = Object.entries(all).map(([kind, one]) => [kind, wireOf(one)])
  const document = { schema_version: '1', generation, kinds: Object.fromEntries(entries) }
  folder.write(FILE, `${JSON.stringify(document)}\n`)
}

function wireOf({ hubTime, ownTime, upTime, boot }: SeenAt): object {
  return { hub_time: hubTime, own_time: ownTime, up_time: upTime, boot }
}

function parseSeen(value: unknown): SeenAt | null {
  if (!isJsonObject(value)) return null
  const { hub_time: hubTime, own_time: ownTime, up_time: upTime, boot } = value
  if (!Number.isFinite(hubTime) || !Number.isFinite(ownTime)) return null
  return {
    hubTime: hubTime as number,
    ownTime: ownTime as number,
    upTime: Number.isFinite(upTime) ? (upTime as number) : null,
    boot: typeof boot === 'string' ? boot : null,
  }
}
