import fs, { type Stats } from 'node:fs'
import { dirname, isAbsolute, join, parse, sep } from 'node:path'
import { lookAt } from './real-directory.js'

/** As many as Linux follows. */
const MOST_LINKS = 40
const WRITABLE_BY_EVERYBODY = 0o002
const STICKY = 0o1000

/** Where a path leads, or why it is not followed: the rest of a sentence that begins with the path. */
export type Followed = { readonly path: string; readonly isLinked: boolean } | { readonly fault: string }

/**
 * Follows the symbolic links of a path as long as everything on the way from the first of them on belongs to users that are
 * believed: the links, the directories that they lead through, and what they lead to. None of these directories may be one in
 * which everybody can put another file, unless its sticky bit keeps them from what is not theirs. What is found so lies at a path without
 * links, which nobody else can change. A path that leads through no link is returned as it is, and not judged.
 *
 * @param root absolute, believed: what is above it is not looked at
 * @param path below that root
 * @param users from `trustedUsers`; `null`: nothing can be judged, so that no link is followed
 * @throws `FILE_FAILED` where something cannot be looked at
 */
export function followLinks(root: string, path: string, users: readonly number[] | null): Followed {
  let at = root
  let links = 0
  const rest = path.slice(root.length).split(sep).filter(Boolean)
  for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
    if (name === '.') continue
    if (name === '..') {
      at = dirname(at)
      continue
    }
    const next = join(at, name)
    const found = lookAt(next)
    if (found === null) return links === 0 ? { path, isLinked: false } : { fault: `leads to ${next}, which is missing` }
    const isLink = found.isSymbolicLink()
    if (isLink && users === null) return { fault: `leads through the link ${next}, and links are not followed here` }
    // The directory that the first link lies in could be given another one.
    const fault =
      (isLink && links === 0 && at !== root && judge(at, lookAt(at), users)) ||
      ((isLink || links > 0) && judge(next, found, users))
    if (fault) return { fault }
    if (!isLink) {
      at = next
      continue
    }
    if (++links > MOST_LINKS) return { fault: `leads through more than ${MOST_LINKS} links` }
    const target = fs.readlinkSync(next)
    if (isAbsolute(target)) at = parse(target).root
    rest.unshift(...target.split(sep).filter(Boolean))
  }
  return { path: at, isLinked: links > 0 }
}

function judge(path: string, found: Stats | null, users: readonly number[] | null): string | null {
  if (found === null) return `leads to ${path}, which is missing`
  if (users?.includes(found.uid) === false) return `leads through ${path}, which belongs to the user ${found.uid}`
  const isOpen = found.isDirectory() && (found.mode & WRITABLE_BY_EVERYBODY) !== 0 && (found.mode & STICKY) === 0
  return isOpen ? `leads through ${path}, which can be written by everybody` : null
}
