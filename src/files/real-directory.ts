import fs from 'node:fs'
import { coordError } from '../base/errors.js'
import { codeOf, fileFailure, isMissing } from './file-failure.js'

/** The umask takes more from it; where there is none, a directory must not be open to who is no friend. */
const NOT_FOR_EVERYBODY = 0o775

/** What lies at a path, links not followed; `null`: nothing. */
export function lookAt(path: string): fs.Stats | null {
  try {
    return fs.lstatSync(path, { throwIfNoEntry: false }) ?? null
  } catch (error) {
    if (isMissing(error)) return null
    throw fileFailure(path, error)
  }
}

/** The same, and a symbolic link is refused. What is on the way to it is not looked at. */
export function lookAtReal(path: string): fs.Stats | null {
  const found = lookAt(path)
  if (found?.isSymbolicLink()) throw coordError('LINK_REFUSED', path)
  return found
}

/** `false`: nothing is there, or a file. A symbolic link is refused, also one to a directory. */
export function isRealDirectory(path: string): boolean {
  return lookAtReal(path)?.isDirectory() ?? false
}

/** Whether a directory is there. What lies in its place tells nothing of what it would hold: a file is refused as a link is. */
export function isDirectoryThere(path: string): boolean {
  const found = lookAtReal(path)
  if (found === null) return false
  if (!found.isDirectory()) throw coordError('FILE_FAILED', path, 'is no directory, and one belongs here')
  return true
}

/**
 * Makes a directory where it is missing; whether it did. What it is to lie in must be there: a recursive call would give
 * the mode to every directory that it makes.
 *
 * @param mode the permissions, whatever the umask; when left out the usual ones, but never for everybody to write
 */
export function makeRealDirectory(path: string, mode?: number): boolean {
  if (isDirectoryThere(path)) return false
  try {
    fs.mkdirSync(path, mode ?? NOT_FOR_EVERYBODY)
    if (mode !== undefined) setDirectoryMode(path, mode)
    return true
  } catch (error) {
    // Another process may have been faster.
    if (codeOf(error) === 'EEXIST' && isDirectoryThere(path)) return false
    throw fileFailure(path, error)
  }
}

/** Sets the permissions of a directory, and leaves it the bit by which what is made in it belongs to its group. */
export function setDirectoryMode(path: string, mode: number): void {
  const found = fs.statSync(path).mode
  if ((found & ALL_RIGHTS) !== mode) fs.chmodSync(path, (found & SET_GROUP_ID) | mode)
}

const ALL_RIGHTS = 0o777
const SET_GROUP_ID = 0o2000
