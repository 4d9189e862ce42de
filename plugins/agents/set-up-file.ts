import fs from 'node:fs'
import path from 'node:path'
import { type AgentScope, coordError, followLinks, type Session, trustedUsers } from '../../src/plugin.js'

/** A file that setup looks after, and what has become of it. */
export interface SetUpFile {
  /** Where it lies: of a link where that leads. */
  readonly path: string
  /** `unreadable`: it is left as it is, for the reason that `fault` tells. */
  readonly change: 'created' | 'changed' | 'unchanged' | 'removed' | 'unreadable'
  /** The rest of a sentence that begins with the path; `null`: nothing. */
  readonly fault: string | null
  /** Its text before and after; `null`: it is not there. */
  readonly before: string | null
  readonly after: string | null
  /** Who may do what with it, where that changes or is another file's. */
  readonly mode?: number | undefined
}

/** A file as it is found. */
export interface FoundFile extends Pick<SetUpFile, 'path' | 'fault'> {
  /** `null`: it is not there, or is left alone for its fault. */
  readonly text: string | null
}

const MAX_BYTES = 4 * 1024 * 1024
/** Of a hook of git, which it calls only where somebody may execute it. */
export const SCRIPT_MODE = 0o755
const BYTE_ORDER_MARK = '\ufeff'
const MARK_BYTES = Buffer.byteLength(BYTE_ORDER_MARK)

/** A file whose text is to become another one; `null`: it is not there. */
export function planned(whole: string, before: string | null, after: string | null): SetUpFile {
  const change = before === after ? 'unchanged' : before === null ? 'created' : after === null ? 'removed' : 'changed'
  return { path: whole, change, fault: null, before, after }
}

/** A file that is left as it is. */
export function left(whole: string, fault: string, text: string | null = null): SetUpFile {
  return { path: whole, change: 'unreadable', fault, before: text, after: text }
}

/**
 * What is planned for a file, or for one that something is planned for already. A byte order mark stays, and is not shown to
 * who makes the text.
 *
 * @param edit gives the text that it is to have from that of now, `null` for none; `undefined`: it is not what it has to be
 * @param fault what it is then
 */
export function edited(
  file: SetUpFile | FoundFile,
  edit: (text: string | null) => string | null | undefined,
  fault: string,
): SetUpFile {
  if (file.fault !== null) return left(file.path, file.fault)
  const [before, now] = 'change' in file ? [file.before, file.after] : [file.text, file.text]
  const mark = now?.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK : ''
  const text = edit(now?.slice(mark.length) ?? null)
  if (text === undefined) return left(file.path, fault, before)
  return planned(file.path, before, text === null ? null : mark + text)
}

/**
 * Finds a file of a scope by its name. A link is followed to what belongs to whoever is believed: settings often lie among
 * those that somebody keeps elsewhere. One that came with a repository leads nowhere else.
 */
export function findFile(session: Session, scope: AgentScope, top: string, name: string): FoundFile {
  const whole = path.join(top, name)
  const place = followLinks(top, whole, trustedUsers(session.env))
  if ('fault' in place) return { path: whole, text: null, fault: place.fault }
  if (place.isLinked && scope === 'project' && !isInside([top, fs.realpathSync(top)], place.path)) {
    return { path: whole, text: null, fault: `leads out of the repository, to ${place.path}` }
  }
  return readFile(session, path.dirname(place.path), path.basename(place.path))
}

function isInside(tops: readonly string[], whole: string): boolean {
  return tops.some((top) => !/^(\.\.|\.git)([/\\]|$)/.test(path.relative(top, whole)))
}

/** A file of a directory, not through a link. */
export function readFile({ storage }: Session, directory: string, name: string): FoundFile {
  const folder = storage.open(directory)
  const whole = path.join(directory, name)
  const stats = folder.stat(name)
  if (stats?.isSymbolicLink()) return { path: whole, text: null, fault: `is a link to ${fs.readlinkSync(whole)}` }
  const reading = folder.read(name, MAX_BYTES)
  if (!('text' in reading)) return { path: whole, text: null, fault: reading.isMissing ? null : reading.fault }
  const { text } = reading
  // It is left out of what is read.
  const hasMark = stats?.size === Buffer.byteLength(text) + MARK_BYTES
  return { path: whole, text: hasMark ? BYTE_ORDER_MARK + text : text, fault: null }
}

/** The text of a file; `null`: it is not there. Throws `FILE_FAILED`. */
export function readText(session: Session, directory: string, name: string): string | null {
  const { path: whole, text, fault } = readFile(session, directory, name)
  if (fault !== null) throw coordError('FILE_FAILED', whole, fault)
  return text
}

/** Does what is planned for a file. */
export function writePlanned({ storage }: Session, { path: whole, change, after, mode: wanted }: SetUpFile): void {
  const [folder, name] = [storage.open(path.dirname(whole)), path.basename(whole)]
  if (change === 'removed') folder.remove(name)
  if ((change !== 'created' && change !== 'changed') || after === null) return
  fs.mkdirSync(folder.path, { recursive: true })
  const mode = wanted ?? folder.stat(name)?.mode
  const isScript = after.startsWith('#!')
  folder.write(name, after, mode === undefined ? (isScript ? { mode: SCRIPT_MODE } : {}) : { mode: mode & 0o777 })
}

/** Removes the directories below a top that a removed file was the last one in. */
export function removeEmptied(top: string, { path: whole, change }: SetUpFile): void {
  if (change !== 'removed') return
  for (let at = path.dirname(whole); at !== top && isInside([top], at) && isEmpty(at); at = path.dirname(at)) {
    fs.rmdirSync(at)
  }
}

function isEmpty(directory: string): boolean {
  return fs.existsSync(directory) && fs.readdirSync(directory).length === 0
}
