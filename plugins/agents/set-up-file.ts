import path from 'node:path'
import { coordError, type Session } from '../../src/plugin.js'

/** A file that setup looks after, and what has become of it. */
export interface SetUpFile {
  readonly path: string
  /** `unreadable`: it is left as it is, for its text is no JSON or TOML, or is laid out otherwise. */
  readonly change: 'created' | 'changed' | 'unchanged' | 'removed' | 'unreadable'
  /** Its text before and after; `null`: it is not there. */
  readonly before: string | null
  readonly after: string | null
  /** Who may do what with it, where that changes or is another file's. */
  readonly mode?: number | undefined
}

const MAX_BYTES = 4 * 1024 * 1024
/** Of a hook of git, which it calls only where somebody may execute it. */
export const SCRIPT_MODE = 0o755

/** A file whose text is to become another one; `null`: it is not there. */
export function planned(whole: string, before: string | null, after: string | null): SetUpFile {
  const change = before === after ? 'unchanged' : before === null ? 'created' : after === null ? 'removed' : 'changed'
  return { path: whole, change, before, after }
}

/** The text of a file; `null`: it is not there. Throws `FILE_FAILED`. */
export function readText({ storage }: Session, top: string, name: string): string | null {
  const reading = storage.open(top).read(name, MAX_BYTES)
  if ('text' in reading) return reading.text
  if (reading.isMissing) return null
  throw coordError('FILE_FAILED', path.join(top, name), reading.fault)
}

/** Does what is planned for a file. */
export function writePlanned(
  { storage }: Session,
  top: string,
  { path: whole, change, after, mode: wanted }: SetUpFile,
): void {
  const isInside = !path.relative(top, whole).startsWith('..')
  // Hooks of git may lie beside the working tree.
  const folder = storage.open(isInside ? top : path.dirname(whole))
  const name = path.relative(folder.path, whole)
  if (change === 'removed') folder.remove(name)
  if ((change !== 'created' && change !== 'changed') || after === null) return
  const mode = wanted ?? folder.stat(name)?.mode
  const isScript = after.startsWith('#!')
  folder.write(name, after, mode === undefined ? (isScript ? { mode: SCRIPT_MODE } : {}) : { mode: mode & 0o777 })
}
