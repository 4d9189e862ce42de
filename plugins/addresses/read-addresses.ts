import fs from 'node:fs'
import path from 'node:path'
import { coordError, quote, treeTops, type Workspace } from '../../src/plugin.js'
import { MAX_ADDRESS_LENGTH } from './address.js'
import { isPattern, namesIn } from './misspellings.js'

/** What `--help` says of addresses, for every verb that takes some. */
export const ADDRESS_HELP = `An address is a path (src/a.ts, src/, src/*.ts, src/**, src/*.{js,ts}), or a symbol in it (src/a.ts::Parser.next). It counts
from the working directory, as for git; :/src/a.ts counts from the top of the working tree. One file is one address in every
working tree of the repository, by an absolute path too. src/a.ts:10-20 means the file.`

/** Typed addresses, understood from the top of the working tree, as they are written into records. */
export interface ReadAddresses {
  readonly inside: readonly string[]
  /** As they were typed: what lies outside of every working tree of the repository is nobody's. */
  readonly outside: readonly string[]
}

/** Where addresses are typed. */
export interface Typed {
  /** Absolute. */
  readonly directory: string
  readonly workspace: Pick<Workspace, 'repo' | 'ignoresCase'>
}

/** Reads addresses that were typed in the session's directory. Throws `ADDRESS_INVALID` for what can be no address. */
export function readAddresses(session: Typed, typed: readonly string[]): ReadAddresses {
  const place = placeOf(session)
  const inside = new Set<string>()
  const outside: string[] = []
  for (const one of typed) {
    const address = readAddress(one, place)
    if (address === null) outside.push(one)
    else inside.add(address)
  }
  return { inside: [...inside], outside }
}

/** The same for verbs that write: nobody can reserve what lies outside. */
export function readInsideAddresses(session: Typed, typed: readonly string[]): readonly string[] {
  const { inside, outside } = readAddresses(session, typed)
  if (outside.length > 0) throw coordError('ADDRESS_OUTSIDE', quote(outside[0]), session.workspace.repo.tree)
  return inside
}

/** What a typed address is understood by. */
interface Place {
  readonly ignoresCase: boolean
  /** The directory that a path counts from, without symbolic links. */
  readonly directory: string
  readonly tree: string
  /** The tops of all working trees of the repository: a file has one address in all of them. */
  readonly tops: readonly string[]
}

function placeOf({ directory, workspace }: Typed): Place {
  const { repo } = workspace
  const real = fs.realpathSync(directory)
  // A store that was named outright from elsewhere: its top is all there is to count from.
  return {
    ignoresCase: workspace.ignoresCase,
    directory: isWithin(repo.tree, real) ? real : repo.tree,
    tree: repo.tree,
    tops: [...treeTops(repo), repo.tree],
  }
}

/** `null`: it lies outside of every tree. */
function readAddress(typed: string, place: Place): string | null {
  if (typed.trim() === '') throw invalid(typed, 'is empty', 'Name a file, a folder or a pattern.')
  if (/\p{Cc}/u.test(typed)) throw invalid(typed, 'has control characters', 'Name it without them.')
  if (typed.length > MAX_ADDRESS_LENGTH)
    throw invalid(typed, `is over ${MAX_ADDRESS_LENGTH} characters`, 'Name a folder.')
  const at = typed.indexOf('::')
  const [file, symbol] = at === -1 ? [typed, ''] : [typed.slice(0, at), typed.slice(at)]
  if (file === '' || symbol === '::')
    throw invalid(typed, 'is no path, or path::symbol', 'Name src/a.ts::Parser, or the file.')
  const from = file.startsWith(':/') ? place.tree : place.directory
  const meant = spelt(file.replace(/^:\/+/, '') || '.', typed, from)
  const way = wayFromTop(path.resolve(from, meant), place)
  if (way === null) return null
  return (way !== '.' && /\/\.?$/.test(meant) ? `${way}/` : way) + symbol
}

/** A path as its writer means it. What models write beside it is understood or refused, unless a file is called so. */
function spelt(file: string, typed: string, from: string): string {
  if (exists(path.resolve(from, file))) return file
  const unquoted = /^([`'"])(.*)\1$/.exec(file)?.[2] ?? file.replace(/^@/, '')
  if (file !== file.trim())
    throw invalid(typed, 'begins or ends with a space', `Name it without: ${quote(file.trim())}.`)
  if (file === '-')
    throw invalid(typed, 'is no path', 'Name each path as an argument; none are read from standard input.')
  if (file.startsWith('~/'))
    throw invalid(typed, 'is no path: ~ stands for nothing here', 'Name it from the repository.')
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(file)) throw invalid(typed, 'is a URL', 'Name the file by its path.')
  if (unquoted !== file) throw invalid(typed, 'is quoted, or marked', `Name it plainly: ${quote(unquoted)}.`)
  if (file.includes(',') && !isPattern(file)) {
    throw invalid(
      typed,
      'names several files',
      `Give each by itself: ${file
        .split(',')
        .map((one) => one.trim())
        .join(' ')}`,
    )
  }
  const withoutLines = file.replace(/(#L\d+(-L?\d+)?|:\d+([-:]\d+)*)$/, '')
  return withoutLines.includes('\\') ? withoutLines.replaceAll('\\', '/') : withoutLines
}

/** The path from the top of the tree that it lies in, with `/`; `.`: the top itself. `null`: it lies in none. */
function wayFromTop(whole: string, { tops, ignoresCase }: Place): string | null {
  const real = realPath(whole)
  const around = tops.filter((top) => isWithin(top, real))
  if (around.length === 0) return null
  // A working tree may lie inside of another one, as agents' own do: what is in it belongs to the inner one.
  const top = around.reduce((best, one) => (one.length > best.length ? one : best))
  const way = path.relative(top, real).split(path.sep).join('/')
  return (ignoresCase ? spellingOnDisk(top, way) : way).normalize('NFC') || '.'
}

/** A path without the symbolic links of what is there of it: the file itself may be new, or a pattern. */
function realPath(whole: string): string {
  for (let there = whole; ; there = path.dirname(there)) {
    if (there !== whole || fs.lstatSync(there, { throwIfNoEntry: false })?.isDirectory()) {
      if (exists(there)) return path.join(fs.realpathSync.native(there), path.relative(there, whole))
    }
    if (there === path.dirname(there)) return whole
  }
}

/** On file systems without case a file has one address, however it is typed: what is there is spelt as it is there. */
function spellingOnDisk(top: string, way: string): string {
  return way.split('/').reduce((done, name) => {
    const names = namesIn(path.join(top, done))
    const there = names.includes(name) ? name : names.find((one) => isSameName(one, name))
    return path.posix.join(done, there ?? name)
  }, '')
}

function isSameName(one: string, other: string): boolean {
  return one.normalize('NFC').toLowerCase() === other.normalize('NFC').toLowerCase()
}

function isWithin(folder: string, whole: string): boolean {
  const way = path.relative(folder, whole)
  return way !== '..' && !way.startsWith(`..${path.sep}`) && !path.isAbsolute(way)
}

function exists(file: string): boolean {
  return fs.existsSync(file)
}

function invalid(typed: string, problem: string, cure: string): Error {
  return coordError('ADDRESS_INVALID', quote(typed), problem, cure)
}
