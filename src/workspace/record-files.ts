import type { Stats } from 'node:fs'
import { asCoordError, coordError, problemOf } from '../base/errors.js'
import { indented } from '../base/json/indent.js'
import { MAX_DEPTH, scanJson } from '../base/json/scan.js'
import { quote } from '../base/quote.js'
import type { Folder } from '../files/folder.js'
import { isJsonObject, isSafeRecordId, type JsonObject, MAX_PAYLOAD_BYTES, MAX_RECORD_BYTES } from '../record/record.js'
import type { Repo } from './repo.js'

/** A file that may hold a record. */
export interface RecordFile {
  /** Where it lies. */
  readonly folder: Folder
  /** Within its directory: `r1.json`. */
  readonly name: string
  readonly path: string
  /** Changes when the file does: size, change and modification time, inode. Opaque; ASCII without blanks. */
  readonly signature: string
  /** When its content was written: milliseconds since 1970, by the file system's clock. */
  readonly modifiedAt: number
  /** When anything about it changed, and what nobody can set back: milliseconds since 1970. */
  readonly changedAt: number
}

/** A file that is left out, and why: the rest of a sentence that begins with its name. */
export interface IgnoredFile {
  readonly path: string
  readonly reason: string
  /** The system did not let it be read: nothing is known of what it holds, and the next look may find it. */
  readonly isUnread?: boolean
}

/** The object in a file and the text that it stands in, or why there is none. */
export type PayloadReading = { readonly payload: JsonObject; readonly bytes: Buffer } | NoPayload

export type NoPayload = Pick<IgnoredFile, 'reason' | 'isUnread'>

/** What {@link recordNames} gives, sorted. */
export function listRecordFiles(repo: Repo, directory: string, ignored: IgnoredFile[]): string[] {
  return [...recordNames(repo, directory, ignored)].sort()
}

/**
 * The names in a directory under `.muse/coordination/` that end in `.json`, in no order and as they are read; none where
 * there is no such directory. A directory that cannot be read, or that lies behind a symbolic link, is added to `ignored`.
 */
export function* recordNames(repo: Repo, directory: string, ignored: IgnoredFile[]): Generator<string> {
  const folder = repo.coordination.in(directory)
  try {
    for (const name of folder.names()) if (isRecordFileName(name)) yield name
  } catch (error) {
    ignored.push({ path: folder.path, reason: withoutPath(problemOf(error), folder.path), isUnread: true })
  }
}

/** A sentence as it goes on after a path that it begins with. */
function withoutPath(sentence: string, path: string): string {
  return sentence.startsWith(path) ? sentence.slice(path.length).replace(/^:? /, '') : sentence
}

/** Temporary files of this program end otherwise. */
export function isRecordFileName(name: string): boolean {
  return name.endsWith('.json')
}

/** A look at one file of a directory: `null` when it is gone, or is no regular file and was added to `ignored`. */
export function examineFile(repo: Repo, directory: string, name: string, ignored: IgnoredFile[]): RecordFile | null {
  const folder = repo.coordination.in(directory)
  const path = folder.pathOf(name)
  let stats: Stats | null
  try {
    stats = folder.stat(name)
  } catch (error) {
    ignored.push({ path, reason: `cannot be read: ${problemOf(error)}`, isUnread: true })
    return null
  }
  if (stats === null) return null
  if (!stats.isFile()) {
    ignored.push({ path, reason: stats.isSymbolicLink() ? 'is a symbolic link' : 'is no regular file' })
    return null
  }
  return {
    folder,
    name,
    path,
    signature: signatureOf(stats),
    modifiedAt: stats.mtimeMs,
    changedAt: stats.ctimeMs,
  }
}

/** See {@link RecordFile.signature}; of a directory it changes when a name comes, goes or is replaced. */
export function signatureOf(stats: Stats): string {
  return `${stats.size}:${stats.ctimeMs}:${stats.mtimeMs}:${stats.ino}`
}

/** Reads the object in a record file. What is wrong comes back as a reason, so that it never stops the rest. */
export function readPayload(file: Pick<RecordFile, 'folder' | 'name'>): PayloadReading {
  return readObject(file, MAX_PAYLOAD_BYTES, MAX_DEPTH)
}

/** Reads a whole record from the file of a pulled one, likewise. */
export function readWholeRecord(file: Pick<RecordFile, 'folder' | 'name'>): PayloadReading {
  return readObject(file, MAX_RECORD_BYTES, MAX_DEPTH + 1)
}

function readObject(
  { folder, name }: Pick<RecordFile, 'folder' | 'name'>,
  maxBytes: number,
  maxDepth: number,
): PayloadReading {
  let text: string
  try {
    const reading = folder.read(name, maxBytes)
    if ('fault' in reading) return { reason: reading.fault }
    text = reading.text
  } catch (error) {
    const { code, cause } = asCoordError(error)
    if (code === 'LINK_REFUSED') return { reason: 'is a symbolic link, or lies behind one' }
    return { reason: `cannot be read: ${problemOf(cause ?? error)}`, isUnread: true }
  }
  if (text.trim() === '') return { reason: 'is empty' }
  const bytes = Buffer.from(text)
  const scan = scanJson(bytes, { depth: maxDepth })
  if ('fault' in scan) return { reason: scan.fault }
  const payload: unknown = JSON.parse(text)
  if (!isJsonObject(payload)) return { reason: `is no JSON object: ${quote(payload)}` }
  return { payload, bytes }
}

/** Puts the file of a record in place, or replaces it whole. */
export function writeRecordFile(repo: Repo, directory: string, recordId: string, payload: JsonObject): void {
  repo.coordination.write(fileNameOf(directory, recordId), fileText(JSON.stringify(payload)))
}

/**
 * Makes the file of a record that has none yet: of any number of callers exactly one gets `true`.
 *
 * @param payloadText the payload as it is to be spelt
 */
export function createRecordFile(
  repo: Repo,
  directory: string,
  recordId: string,
  payload: JsonObject,
  payloadText = JSON.stringify(payload),
): boolean {
  return repo.coordination.create(fileNameOf(directory, recordId), fileText(payloadText))
}

function fileNameOf(directory: string, recordId: string): string {
  if (!isSafeRecordId(recordId)) throw coordError('RECORD_ID_UNSAFE', quote(recordId))
  return `${directory}/${recordId}.json`
}

/** The text of a payload as its file holds it. */
export function fileText(payloadText: string): string {
  return `${indented(payloadText)}\n`
}
