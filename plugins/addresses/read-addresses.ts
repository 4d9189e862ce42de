import path from 'node:path'
import { coordError, quote, type Session } from '../../src/plugin.js'
import { MAX_ADDRESS_LENGTH } from './address.js'

/** What `--help` says of addresses, for every verb that takes some. */
export const ADDRESS_HELP = `An address is a path from the repository's root (src/a.ts, src/, src/*.ts, src/**, src/*.{js,ts}), or a symbol in it
(src/a.ts::Parser.next). What begins with ./ or ../ counts from the working directory; an absolute path must lie in the
repository.`

/** The addresses that were typed in the session's directory, as they are written into records. Throws `ARGUMENTS`. */
export function readAddresses({ directory, workspace }: Session, typed: readonly string[]): readonly string[] {
  return [...new Set(typed.map((one) => readAddress(one, directory, workspace.repo.root)))]
}

function readAddress(typed: string, directory: string, root: string): string {
  if (/\p{Cc}/u.test(typed)) throw refused(typed, 'has control characters')
  if (typed.length > MAX_ADDRESS_LENGTH) throw refused(typed, `is over ${MAX_ADDRESS_LENGTH} characters`)
  const at = typed.indexOf('::')
  const [file, symbol] = at === -1 ? [typed, ''] : [typed.slice(0, at), typed.slice(at)]
  if (file === '' || symbol === '::') throw refused(typed, 'is no path, or path::symbol')
  return fromRoot(typed, file, directory, root) + symbol
}

function fromRoot(typed: string, file: string, directory: string, root: string): string {
  const isRelative = !/^\.{1,2}(\/|$)/.test(file) && !path.isAbsolute(file)
  const whole = path.resolve(isRelative ? root : directory, file)
  const way = path.relative(root, whole).split(path.sep).join('/')
  if (way === '..' || way.startsWith('../') || path.isAbsolute(way)) throw refused(typed, `lies outside of ${root}`)
  if (way === '') return '.'
  return /\/\.?$/.test(file) ? `${way}/` : way
}

function refused(typed: string, problem: string): Error {
  return coordError('ARGUMENTS', `The address ${quote(typed)} ${problem}.`)
}
