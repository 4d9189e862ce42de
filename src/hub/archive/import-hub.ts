import { decodePublicKey } from '../../auth/public-key.js'
import { CoordError, coordError } from '../../base/errors.js'
import { compactText } from '../../base/json/compact.js'
import { EACH } from '../../base/json/path.js'
import { scanJson } from '../../base/json/scan.js'
import { quote } from '../../base/quote.js'
import { timeOf } from '../../base/timestamp.js'
import { isJsonObject, isKindName, isSpaceName, type JsonObject, MERGE_RULES } from '../../record/record.js'
import { fromWire, readRecord } from '../../record/wire.js'
import { isHubSecret } from '../hub-key.js'
import type { HandleKey, Identity } from '../stores/identity-directory.js'
import type { StoreRecord } from '../stores/record-store.js'
import type { Store } from '../stores/store.js'
import type { SpaceFrame, StoreArchive } from '../stores/store-upkeep.js'
import { ARCHIVE_VERSION } from './export-hub.js'

export interface ImportResult {
  /** `owner/slug` of each space that was imported. */
  spaces: string[]
  /** `owner/slug` of each that was there already, from an import that was cut: with all of its history as far as the archive goes. */
  spacesPresent: string[]
  /** Records in those that were imported. */
  records: number
  /** Handles whose key this hub knows now. */
  identities: number
  /** Handles that belong to another key here already; those keys stay. */
  handlesTaken: string[]
  /** Whether readers keep their cursors: this store had no records, and has taken the epoch and the key of the other one. */
  epochKept: boolean
}

/**
 * Imports what `exportHub` wrote. Each space comes whole or not at all, and only where this store has none of that
 * name with records in it; what was imported before a fault stays, and is passed over by the next try.
 */
export async function importHub(store: Store, source: AsyncIterable<string>): Promise<ImportResult> {
  const { archive } = store
  if (archive === undefined) throw coordError('ARCHIVE_UNSUPPORTED')
  const lines = new Lines(source)
  const { epoch, hubSecret } = readHead(await lines.next(), lines)
  // First: a store that holds records keeps its own, by which its readers know it, and the key by which clients do.
  const epochKept = await archive.adoptEpoch(epoch)
  if (epochKept && hubSecret !== null) await store.keepHubSecret(hubSecret, { replaces: true })
  const result: ImportResult = {
    ...{ spaces: [], spacesPresent: [], records: 0, identities: 0, handlesTaken: [] },
    epochKept: epochKept || store.epoch === epoch,
  }
  for (;;) {
    const line = await lines.next()
    if (isJsonObject(line.identity)) await takeIdentity(store, line.identity, lines, result)
    else if (isJsonObject(line.space)) await takeSpace({ store, archive }, line.space, lines, result)
    else if (line.end === result.spaces.length + result.spacesPresent.length) break
    else throw lines.refuse(`it is no line of an archive: ${quote(line)}`)
  }
  return result
}

/** The lines of an archive, parsed one at a time. */
class Lines {
  readonly #source: AsyncIterator<string>
  #number = 0
  #payloadTexts: readonly (string | undefined)[] = []

  constructor(source: AsyncIterable<string>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  async next(): Promise<JsonObject> {
    const { value, done } = await this.#source.next()
    this.#number++
    if (done) throw this.refuse('the archive ends before its end')
    const bytes = Buffer.from(value)
    const scan = scanJson(bytes, {}, [['records', EACH, 'payload']])
    if ('fault' in scan) throw this.refuse(`it ${scan.fault}`)
    this.#payloadTexts = (scan.spans[0] ?? []).map((span) => span && compactText(bytes, span))
    const line: unknown = JSON.parse(value)
    if (!isJsonObject(line)) throw this.refuse(`it is no JSON object: ${quote(line)}`)
    return line
  }

  /** The payload of a record of the last line, as its writer spelt it. */
  payloadText(index: number): string | undefined {
    return this.#payloadTexts[index]
  }

  refuse(fault: string): Error {
    return coordError('ARCHIVE_INVALID', this.#number, fault)
  }
}

function readHead({ muse_coord_archive: version, epoch, hub_secret: hubSecret = null }: JsonObject, lines: Lines) {
  if (version !== ARCHIVE_VERSION) throw lines.refuse(`it is no archive of version ${ARCHIVE_VERSION}`)
  if (typeof epoch !== 'string' || epoch === '') throw lines.refuse(`it has no epoch: ${quote(epoch)}`)
  // Not quoted: it is a secret.
  if (hubSecret !== null && !isHubSecret(hubSecret)) throw lines.refuse('its hub_secret is no key of a hub')
  return { epoch, hubSecret }
}

async function takeIdentity(store: Store, wire: JsonObject, lines: Lines, result: ImportResult): Promise<void> {
  const identity = fromWire<Identity>(wire)
  const { handle, fingerprint, publicKey, type } = identity
  const isSound =
    isSpaceName(handle) &&
    typeof fingerprint === 'string' &&
    typeof publicKey === 'string' &&
    (type === 'human' || type === 'agent')
  if (!isSound) throw lines.refuse(`it holds no identity: ${quote(wire)}`)
  const devices = readDevices(wire.devices, lines)
  if (await store.register({ handle, fingerprint, publicKey, type }, { mayBeAlike: true })) result.identities++
  else {
    result.handlesTaken.push(handle)
    return
  }
  for (const device of devices) await store.addDevice(handle, device)
}

function readDevices(wire: unknown, lines: Lines): HandleKey[] {
  if (wire === undefined) return []
  if (!Array.isArray(wire)) throw lines.refuse('it holds keys of devices that are no list')
  return wire.map((one: unknown) => {
    const { fingerprint, publicKey, label, addedAt } = isJsonObject(one) ? fromWire<HandleKey>(one) : ({} as HandleKey)
    const isSound =
      typeof fingerprint === 'string' &&
      typeof publicKey === 'string' &&
      decodePublicKey(publicKey) !== null &&
      typeof label === 'string' &&
      Number.isSafeInteger(addedAt) &&
      addedAt > 0
    if (!isSound) throw lines.refuse(`it holds the key of a device that is none: ${quote(one)}`)
    return { fingerprint, publicKey, label, addedAt }
  })
}

async function takeSpace(
  { store, archive }: { store: Store; archive: StoreArchive },
  wire: JsonObject,
  lines: Lines,
  result: ImportResult,
): Promise<void> {
  const { owner, slug } = wire
  if (!isSpaceName(owner) || !isSpaceName(slug)) throw lines.refuse(`it names no space: ${quote(wire)}`)
  let records = 0
  let lastId = 0
  async function* contents(): AsyncGenerator<readonly StoreRecord[], SpaceFrame, void> {
    for (;;) {
      const line = await lines.next()
      if (isJsonObject(line.frame)) {
        const frame = readFrame(line.frame, lines)
        // The store would hand these ids out a second time, and take no push any more.
        if (lastId > frame.lastId) throw lines.refuse(`its space ends at ${frame.lastId}, before its record ${lastId}`)
        return frame
      }
      if (!Array.isArray(line.records)) throw lines.refuse('records or the frame of a space should stand here')
      const page = line.records.map((record, index) => storedRecord(record, lines.payloadText(index), lines))
      for (const { id } of page) {
        if (id <= lastId) throw lines.refuse(`its record ${id} stands behind ${lastId}`)
        lastId = id
      }
      records += page.length
      yield page
    }
  }
  const name = `${owner}/${slug}`
  try {
    await archive.importSpace(owner, slug, contents())
    result.records += records
    result.spaces.push(name)
  } catch (error) {
    if (!(error instanceof CoordError) || error.code !== 'SPACE_TAKEN') throw error
    if (!(await holds(store, { owner, slug }, await frameOf(contents())))) throw error
    result.spacesPresent.push(name)
  }
}

/** What stands behind the records of a space. */
async function frameOf(contents: AsyncGenerator<unknown, SpaceFrame, void>): Promise<SpaceFrame> {
  for (;;) {
    const { value, done } = await contents.next()
    if (done) return value
  }
}

/** Whether a space has the history that an archive tells of: the name of its last commit is nobody else's. */
async function holds(
  store: Store,
  { owner, slug }: { owner: string; slug: string },
  { positions = [] }: SpaceFrame,
): Promise<boolean> {
  const space = await store.findSpace(owner, slug)
  const last = positions.at(-1)
  if (space === null || last === undefined) return false
  return (await store.positions?.judge(space, [last])) === 'stand'
}

function storedRecord(wire: unknown, payloadJson: string | undefined, lines: Lines): StoreRecord {
  const opened = readRecord(wire)
  if ('fault' in opened) throw lines.refuse(`a record ${opened.fault}`)
  const { payload: _, ...record } = opened.record
  const { id, author, token = null, revision = null, received_at: receivedAt } = wire as JsonObject
  if (payloadJson === undefined) throw lines.refuse(`it holds a record without a payload: ${quote(wire)}`)
  const isSound =
    Number.isSafeInteger(id) &&
    // What is handed out goes between quotes as it is.
    isSpaceName(author) &&
    (token === null || Number.isSafeInteger(token)) &&
    (revision === null || Number.isSafeInteger(revision)) &&
    isTimeOfStore(receivedAt)
  if (!isSound) {
    throw lines.refuse(
      `it holds a record without id, author, token, revision or time: ${quote({ id, author, token, revision, receivedAt })}`,
    )
  }
  const counted = { token: token as number | null, revision: revision as number | null }
  return { ...record, ...counted, id: id as number, author, receivedAt, payloadJson }
}

function readFrame(wire: JsonObject, lines: Lines): SpaceFrame {
  const {
    visibility,
    last_id: lastId,
    floor_id: floorId,
    token_floor: tokenFloor,
    rules,
    members,
    positions = [],
  } = wire
  const isSound =
    (visibility === 'private' || visibility === 'public') &&
    [lastId, floorId, tokenFloor].every((id) => Number.isSafeInteger(id) && (id as number) >= 0) &&
    hasOnly(rules, isKindName, MERGE_RULES) &&
    hasOnly(members, isSpaceName, ['read', 'write']) &&
    Array.isArray(positions) &&
    positions.every((position, index) => isPosition(position, positions[index - 1], lastId as number))
  if (!isSound) throw lines.refuse(`it holds no frame of a space: ${quote(wire)}`)
  return {
    visibility,
    lastId: lastId as number,
    floorId: floorId as number,
    tokenFloor: tokenFloor as number,
    rules: new Map(Object.entries(rules as Record<string, never>)),
    members: new Map(Object.entries(members as Record<string, never>)),
    positions: (positions as [number, string][]).map(([id, nonce]) => ({ id, nonce })),
  }
}

/**
 * @param before that one stands before it; `undefined`: none does
 * @param most where the space ends
 */
function isPosition(value: unknown, before: unknown, most: number): boolean {
  if (!Array.isArray(value)) return false
  const [id, nonce] = value
  const least = Array.isArray(before) ? Number(before[0]) : 0
  return (
    Number.isSafeInteger(id) && id > least && id <= most && typeof nonce === 'string' && /^[0-9a-z]{1,64}$/.test(nonce)
  )
}

/** Whether a value is an object with names of this sort, each of which has one of these words. */
function hasOnly(value: unknown, isName: (name: string) => boolean, words: readonly string[]): boolean {
  if (!isJsonObject(value)) return false
  return Object.entries(value).every(([name, word]) => isName(name) && words.some((allowed) => allowed === word))
}

/** Whether a value is a time as stores write it: they compare it as text. */
function isTimeOfStore(value: unknown): value is string {
  const time = timeOf(value)
  return time !== null && new Date(time).toISOString() === value
}
