/** A file that the hub is known to hold: a line of the log. */
export interface SentEntry {
  /** The file's name. */
  readonly name: string
  /** The file's signature when it was read; `null`: too young to be trusted, so its content must be compared. */
  readonly signature: string | null
  readonly recordId: string
  /** 128 bits of what was sent, as `contentHash` gives them. */
  readonly hash: string
}

export const HASH_LENGTH = 22

const PLAIN_NAME = /^[\w.:@+-]+$/
const ESCAPE = '%'

/** A file's name as it stands in the log: the names that records have, as they are; anything else escaped. */
export function storedName(name: string): string {
  return PLAIN_NAME.test(name) ? name : `${ESCAPE}${encodeURIComponent(Buffer.from(name).toString())}`
}

/** The inverse of {@link storedName}; `null` for what it never gives: the log is damaged there. */
export function originalName(stored: string): string | null {
  if (PLAIN_NAME.test(stored)) return stored
  if (!stored.startsWith(ESCAPE)) return null
  try {
    const name = decodeURIComponent(stored.slice(ESCAPE.length))
    return storedName(name) === stored ? name : null
  } catch {
    return null
  }
}

/** The line of an entry, with its end. */
export function entryLine({ name, signature, recordId, hash }: SentEntry): string {
  return `${storedName(name)}\t${signature ?? '-'}\t${recordId === stemOf(name) ? '' : recordId}\t${hash}\n`
}

/** The fields of a line; `null` where it holds none, or was cut off or damaged. */
export function parseEntry(line: string): SentEntry | null {
  const [stored = '', signature = '', id = '', hash, more] = line.split('\t')
  const name = originalName(stored)
  // The last field is of a fixed length, so that a line that was cut off shows.
  if (name === null || hash?.length !== HASH_LENGTH || more !== undefined) return null
  return { name, signature: signature === '-' ? null : signature, recordId: id || stemOf(name), hash }
}

function stemOf(name: string): string {
  return name.slice(0, -'.json'.length)
}
