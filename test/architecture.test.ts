import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'

const root = path.resolve(import.meta.dirname, '..')

/** The rooms in the order in which data flows through them; a file may import from its own room and from those before it. */
const LINE = ['base', 'record', 'files', 'kinds', 'auth', 'hub-client', 'workspace', 'sync', 'page', 'ui', 'commands']

/** Every directory and every loose file of `src/`, and what it may import beside itself. */
const PLACES: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(LINE.map((room, index) => [room, LINE.slice(0, index)])),
  hub: [...roomsBefore('hub-client')],
  commands: [...roomsBefore('commands'), 'hub'],
  'plugin.ts': LINE,
  'container.ts': LINE,
  'load-plugins.ts': [...LINE, 'container.ts'],
  'open-session.ts': [...LINE, 'container.ts'],
  'index.ts': [...LINE, 'plugin.ts', 'container.ts', 'open-session.ts'],
  'hub.ts': [...roomsBefore('hub-client'), 'hub'],
  testing: [...LINE, 'hub', 'plugin.ts', 'container.ts', 'open-session.ts', 'index.ts', 'hub.ts'],
  'testing.ts': ['testing', 'hub'],
  'run-command-line.ts': [...LINE, 'container.ts', 'load-plugins.ts'],
  'main.ts': [...LINE, 'run-command-line.ts'],
  'hook.ts': [...LINE, 'container.ts', 'load-plugins.ts'],
  'first-look.ts': [...LINE, 'hook.ts'],
  'cli.ts': ['main.ts', 'first-look.ts', 'base', 'files'],
}

/** Packages that one place hides from all others, so that how they are used is decided once. */
const HIDDEN: Readonly<Record<string, string>> = {
  ofetch: 'src/hub-client/',
  tsyringe: 'src/base/injection.ts',
  '@modelcontextprotocol/server': 'plugins/mcp/connect-server.ts',
}

/** Who writes to a disk without the `Folder` of `src/files`, and why. */
const WRITES_BY_ITSELF: Readonly<Record<string, string>> = {
  'src/commands/demo/play.ts': 'makes and removes a temporary directory',
  'src/testing/two-machines.ts': 'makes and removes a temporary directory',
  'src/hub/archive/archive-file.ts': 'streams to a path that its caller names',
  'src/hub/stores/sqlite/open.ts': 'SQLite is told a path, the file must be private before it opens it',
  'src/hub/stores/sqlite/backup.ts': 'copies a database, page by page, to a path that its caller names',
  'src/kinds/scaffold/make-kind-package.ts': 'makes a directory that nobody had, at a path that its caller names',
  'plugins/agents/plan-guards.ts': 'writes nothing: it looks into a hook that is no text, which no Folder reads',
  'plugins/agents/set-up-file.ts':
    'makes the directories of agent programs as they do, and removes those that it has emptied',
}

const WRITING =
  /\b(?:writeFile|appendFile|mkdir|mkdtemp|rename|rm|rmdir|unlink|link|symlink|copyFile|cp|open|f?truncate|f?chmod|createWriteStream)(?:Sync)?\(/

/** One import, in any of its forms; `to` is a file of the project, or the name that a package is imported by. */
interface Arrow {
  readonly from: string
  readonly to: string
}

const src = sources('src')
const plugins = sources('plugins')
const arrows = [...src, ...plugins].flatMap((from) => specifiersIn(text(from)).map((to) => arrow(from, to)))

describe('the house', () => {
  it('gives every directory and every loose file of src/ its place', () => {
    const entries = readdirSync(path.join(root, 'src')).filter((name) => name !== 'README.md')
    expect(entries.filter((name) => !(name in PLACES))).toEqual([])
  })

  it('lets data flow in one direction: a file imports only from its room and those before it', () => {
    const wrong = arrows.filter(({ from, to }) => {
      const [place, target] = [placeOf(from), placeOf(to)]
      return place && target && place !== target && !PLACES[place]?.includes(target)
    })
    expect(shown(wrong)).toEqual([])
  })

  it('has no circle of files, types included', () => {
    expect(shown(withinCircles(arrows))).toEqual([])
  })

  it('writes the built-in plugins with nothing but the door that outsiders have', () => {
    const isInside = (to: string) => to.startsWith('plugins/') || to === 'src/plugin.ts'
    const wrong = arrows.filter(({ from, to }) => from.startsWith('plugins/') && isOurs(to) && !isInside(to))
    expect(shown(wrong)).toEqual([])
  })

  it('lets only the container, the library and the first look know that there are built-in plugins', () => {
    const knowing = arrows.filter(({ from, to }) => from.startsWith('src/') && to.startsWith('plugins/'))
    const isDoor = ({ from }: Arrow) => ['src/container.ts', 'src/index.ts', 'src/first-look.ts'].includes(from)
    expect(shown(knowing.filter((arrow) => !isDoor(arrow)))).toEqual([])
  })

  it.each(Object.entries(HIDDEN))('imports %s only in %s', (name, place) => {
    const knowing = arrows.filter(({ to }) => to === name || to.startsWith(`${name}/`))
    expect(knowing.length).toBeGreaterThan(0)
    expect(shown(knowing.filter(({ from }) => !from.startsWith(place)))).toEqual([])
  })

  it('writes to a disk by the Folder of src/files', () => {
    const writing = [...src, ...plugins]
      .filter((file) => !file.startsWith('src/files/'))
      .filter((file) => /['"]node:fs(\/promises)?['"]/.test(text(file)) && WRITING.test(text(file)))
    expect(writing.sort()).toEqual(Object.keys(WRITES_BY_ITSELF).sort())
  })

  it('asks no kind for its name in the core', () => {
    const names = readdirSync(path.join(root, 'schemas')).map((name) => path.basename(name, '.json'))
    const question = new RegExp(`(===|!==|case|includes\\(|get\\(|has\\() *['"](${names.join('|')})['"]`)
    expect(names.length).toBeGreaterThan(0)
    expect(src.filter((file) => question.test(text(file)))).toEqual([])
  })

  it('asks no store for its dialect outside of the stores', () => {
    const question = /instanceof \w*Store|[!=]== *['"](sqlite|postgres(ql)?)['"]/
    const asking = [...src, ...plugins].filter((file) => question.test(text(file)))
    expect(asking.filter((file) => !file.startsWith('src/hub/stores/'))).toEqual([])
  })
})

describe('this reading of imports', () => {
  it.each([
    ["import { a } from './x.js'"],
    ["import type { A } from './x.js'"],
    ["import {\n  a,\n  type B,\n} from './x.js'"],
    ["import './x.js'"],
    ["export { a } from './x.js'"],
    ["export type * from './x.js'"],
    ["const { a } = await import('./x.js')"],
    ["const a = () => import(\n  './x.js'\n)"],
    ["let a: import('./x.js').A"],
  ])('sees %j', (line) => {
    expect(specifiersIn(line)).toEqual(['./x.js'])
  })

  it('finds a circle, and not what only leads to it', () => {
    const around = [
      { from: 'a', to: 'b' },
      { from: 'b', to: 'c' },
      { from: 'c', to: 'a' },
    ]
    expect(withinCircles([{ from: 'start', to: 'a' }, ...around, { from: 'c', to: 'end' }])).toEqual(around)
  })
})

function roomsBefore(room: string): readonly string[] {
  return LINE.slice(0, LINE.indexOf(room))
}

/** The first name below `src/`: a directory, or a loose file. */
function placeOf(file: string): string | undefined {
  return file.startsWith('src/') ? file.split('/')[1] : undefined
}

function isOurs(file: string): boolean {
  return file.startsWith('src/') || file.startsWith('plugins/')
}

/** The arrows from whose end one comes back to their beginning. */
function withinCircles(all: readonly Arrow[]): readonly Arrow[] {
  const targets = new Map<string, string[]>()
  for (const { from, to } of all) targets.set(from, [...(targets.get(from) ?? []), to])
  return all.filter(({ from, to }) => {
    const reached = new Set([to])
    for (const file of reached) for (const next of targets.get(file) ?? []) reached.add(next)
    return reached.has(from)
  })
}

function sources(folder: string): string[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${folder}/${name.split(path.sep).join('/')}`)
}

function specifiersIn(source: string): string[] {
  return [...source.matchAll(/\b(?:from|import)\s*\(?\s*['"]([^'"\n]+)['"]/g)].map(
    ([, specifier]) => specifier as string,
  )
}

function arrow(from: string, specifier: string): Arrow {
  if (!specifier.startsWith('.')) return { from, to: specifier }
  return { from, to: path.posix.join(path.posix.dirname(from), specifier.replace(/\.js$/, '.ts')) }
}

function shown(some: readonly Arrow[]): string[] {
  return some.map(({ from, to }) => `${from} -> ${to}`)
}

function text(file: string): string {
  return readFileSync(path.join(root, file), 'utf8')
}
