import { type CoordError, coordError, fileError } from '../base/errors.js'

/** What the system said about a path, as an error of the table. */
export function fileFailure(path: string, thrown: unknown): CoordError {
  return codeOf(thrown) === 'ELOOP' ? coordError('LINK_REFUSED', path) : fileError(path, thrown)
}

/** Whether the system said that there is no such file. Anything else leaves open whether there is one. */
export function isMissing(thrown: unknown): boolean {
  return codeOf(thrown) === 'ENOENT' || codeOf(thrown) === 'ENOTDIR'
}

/** `ENOENT`, `EEXIST`; `''` for what has none. */
export function codeOf(thrown: unknown): string {
  return (thrown as NodeJS.ErrnoException).code ?? ''
}
