import fs from 'node:fs'
import { dirname } from 'node:path'
import { fileError } from '../base/errors.js'

const MARK = fs.constants.O_WRONLY | fs.constants.O_CREAT | fs.constants.O_TRUNC | (fs.constants.O_NOFOLLOW ?? 0)

/**
 * A moment by the file system's own clock, which is the one that the time stamps of files come from: milliseconds since 1970.
 *
 * @param path of a file that is written for it, in a directory that is made where it is missing
 * @throws `FILE_FAILED`
 */
export function fileSystemTime(path: string): number {
  try {
    fs.mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    const descriptor = fs.openSync(path, MARK, 0o600)
    try {
      fs.writeSync(descriptor, '\n')
      return fs.fstatSync(descriptor).mtimeMs
    } finally {
      fs.closeSync(descriptor)
    }
  } catch (error) {
    throw fileError(path, error)
  }
}
