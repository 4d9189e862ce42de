import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'

const root = path.resolve(import.meta.dirname, '..')

/** The rooms in the order in which data flows through them; a file may import from its own room and from those named. */
const ROOMS: readonly { name: string; holds: RegExp; mayImport: readonly string[] }[] = [
  { name: 'ground', holds: /^src\/(errors|clock|timer|injection|timestamp|nearest)\.ts$/, mayImport: [] },
  {
    name: 'record',
    holds: /^src\/((record|protocol|spelling|hub-url)\.ts|json\/|files\/)/,
    mayImport: ['ground'],
  },
  { name: 'kinds', holds: /^src\/kinds\//, mayImport: ['ground', 'record'] },
  { name: 'local', holds: /^src\/local\//, mayImport: ['ground', 'record', 'kinds'] },
  { name: 'auth', holds: /^src\/auth\//, mayImport: ['ground', 'record'] },
  { name: 'stores', holds: /^src\/hub\/stores\//, mayImport: ['ground', 'record'] },
  { name: 'hub', holds: /^src\/hub\//, mayImport: ['ground', 'record', 'auth', 'stores'] },
  { name: 'sync', holds: /^src\/sync\//, mayImport: ['ground', 'record', 'kinds', 'local', 'auth'] },
  {
    name: 'wiring',
    holds: /^src\/(container\.ts|workspace\/|commands\/)/,
    mayImport: ['ground', 'record', 'kinds', 'local', 'auth', 'stores', 'hub', 'sync'],
  },
  {
    name: 'doors',
    holds: /^src\/(cli|load-program|main|text-writer|index|testing)\.ts$|^src\/testing\//,
    mayImport: ['ground', 'record', 'kinds', 'local', 'auth', 'stores', 'hub', 'sync', 'wiring'],
  },
]

interface Arrow {
  readonly from: string
  readonly to: string
}

describe('the house', () => {
  it('gives every source file a room', () => {
    expect(sources('src').filter((file) => roomOf(file) === undefined)).toEqual([])
  })

  it('lets data flow in one direction: a file imports only from its room and those before it', () => {
    const wrong = arrows(sources('src')).filter(({ from, to }) => {
      const room = ROOMS.find(({ name }) => name === roomOf(from))
      const target = roomOf(to)
      return target !== undefined && target !== room?.name && !room?.mayImport.includes(target)
    })
    expect(wrong).toEqual([])
  })

  it('writes the built-in plugins with nothing but the front door', () => {
    const wrong = arrows(sources('plugins')).filter(({ to }) => to.startsWith('src/') && to !== 'src/index.ts')
    expect(wrong).toEqual([])
  })

  it('lets only the container know that there are built-in plugins', () => {
    const knowing = arrows(sources('src')).filter(({ to }) => to.startsWith('plugins/'))
    expect(knowing).toEqual([
      { from: 'src/container.ts', to: 'plugins/index.ts' },
      { from: 'src/container.ts', to: 'plugins/verbs/index.ts' },
    ])
  })

  it('asks no kind for its name in the core', () => {
    const names = 'reservation|heartbeat|intent|release|dependency|task|claim'
    const question = new RegExp(`(===|!==|case|includes\\(|get\\(|has\\() *['"](${names})['"]`)
    expect(sources('src').filter((file) => question.test(text(file)))).toEqual([])
  })

  it('asks no store for its dialect outside of the stores', () => {
    const question = /instanceof \w*Store|=== *['"](sqlite|postgres(ql)?)['"]/
    const asking = sources('src').filter((file) => roomOf(file) !== 'stores' && question.test(text(file)))
    expect(asking).toEqual([])
  })
})

function roomOf(file: string): string | undefined {
  return ROOMS.find(({ holds }) => holds.test(file))?.name
}

function sources(folder: string): string[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${folder}/${name.split(path.sep).join('/')}`)
}

function arrows(files: readonly string[]): Arrow[] {
  return files.flatMap((from) =>
    [...text(from).matchAll(/(?:from|import)\s*\(?\s*['"](\.[^'"]+)['"]/g)].map(([, specifier]) => ({
      from,
      to: path.posix.join(path.posix.dirname(from), (specifier as string).replace(/\.js$/, '.ts')),
    })),
  )
}

function text(file: string): string {
  return readFileSync(path.join(root, file), 'utf8')
}
