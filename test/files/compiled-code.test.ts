import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type ChildModule, childModule } from '../support/child-module.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

const STRANGER = 47_001
const isRoot = process.getuid?.() === 0
const itAsRoot = isRoot ? it : it.skip
const onNode20 = process.version.startsWith('v20.') ? it : it.skip

let child: ChildModule

beforeAll(async () => {
  child = await childModule(`
    import { createRequire } from 'node:module'
    import { keepCompiledCode } from 'src/files/compiled-code.js'
    const program = process.argv[2]
    keepCompiledCode(program, process.env)
    const require = createRequire(program + '/cli.cjs')
    const parts = [require('./part.cjs'), await require('./importing.cjs').importing()]
    console.log(JSON.stringify(parts))
  `)
})
afterAll(() => child.remove())

/** A program of one bundle, and the home of who runs it. */
function createProgram() {
  const place = temporaryDirectory()
  const [program, home] = [path.join(place, 'program'), path.join(place, 'home')]
  for (const directory of [program, home]) fs.mkdirSync(directory)
  const part = path.join(program, 'part.cjs')
  const comment = `// ${'-'.repeat(5000)}\n`
  /** The same length, whatever the letter. */
  const edit = (letter: string) =>
    fs.writeFileSync(
      part,
      `${comment}module.exports = [__filename, __dirname, module.id, require('./other.cjs'), '${letter}']\n`,
    )
  edit('a')
  const importing = "exports.importing = async () => (await import('./other.mjs')).default\n"
  fs.writeFileSync(path.join(program, 'importing.cjs'), `${comment}${importing}`)
  fs.writeFileSync(path.join(program, 'other.mjs'), `export default 'imported'\n`)
  fs.writeFileSync(path.join(program, 'other.cjs'), `module.exports = 'required'\n`)
  return {
    program,
    home,
    edit,
    saying: (letter: string) => [[part, program, part, 'required', letter], 'imported'],
    run: (shell = '') => child.run({ args: [program], shell: `HOME=${home} ${shell}` }),
    kept: () =>
      fs
        .readdirSync(home, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => path.join(entry.parentPath, entry.name)),
  }
}

describe('compiled code', () => {
  it('is kept where nobody else reads or writes, and not written again', async () => {
    const { home, run, saying, kept } = createProgram()
    expect(await run()).toEqual(saying('a'))
    const [file = ''] = kept()
    expect(file).not.toBe('')
    expect(fs.statSync(path.join(home, '.cache', 'muse-coord')).mode & 0o777).toBe(0o700)
    const { ino, mtimeMs } = fs.statSync(file)
    expect(await run()).toEqual(saying('a'))
    expect(fs.statSync(file)).toMatchObject({ ino, mtimeMs })
  })

  onNode20('grows by what a later process calls first, until none does', async () => {
    const { program, run, saying, kept } = createProgram()
    const part = path.join(program, 'part.cjs')
    const statements = Array.from({ length: 400 }, (_, number) => `said.push(${number} + said.length * ${number})`)
    const source = fs.readFileSync(part, 'utf8')
    const called = `function late(said) { ${statements.join('\n')} }\nif (process.env.CALL) late([])\n`
    fs.writeFileSync(part, source + called)
    const size = () => fs.statSync(kept().find((file) => file.endsWith('part.cjs')) ?? '').size
    const sizes: number[] = []
    for (const shell of ['', 'CALL=1', '', 'CALL=1']) {
      expect(await run(shell)).toEqual(saying('a'))
      sizes.push(size())
    }
    const [first = 0, ...later] = sizes
    expect(later).toEqual(Array(3).fill(later[0]))
    expect(later[0]).toBeGreaterThan(first + statements.length)
    expect(kept().filter((file) => file.endsWith('.mark'))).toHaveLength(1)
  })

  it('is that of a bundle that is run once, whoever asks for it, and again where it failed', async () => {
    const { program, run } = createProgram()
    const failing = `const tries = globalThis.tries = (globalThis.tries ?? 0) + 1\nif (tries === 1) throw new Error('once')\n`
    fs.writeFileSync(
      path.join(program, 'failing.cjs'),
      `${failing}module.exports = { tries, ...require('./circle.cjs') }\n`,
    )
    fs.writeFileSync(
      path.join(program, 'circle.cjs'),
      `exports.before = Object.keys(require('./failing.cjs')).length\nexports.same = require('./circle.cjs') === exports\n`,
    )
    fs.writeFileSync(
      path.join(program, 'part.cjs'),
      `try { require('./failing.cjs') } catch ({ message }) { exports.message = message }\nObject.assign(exports, require('./failing.cjs'))\n`,
    )
    const expected = { message: 'once', tries: 2, before: 0, same: true }
    expect(await run()).toEqual([expected, 'imported'])
  })

  it('is not that of another source, be that as long', async () => {
    const { edit, run, saying } = createProgram()
    await run()
    edit('b')
    expect(await run()).toEqual(saying('b'))
  })

  it('is compiled again where what is kept is damaged', async () => {
    const { run, saying, kept } = createProgram()
    await run()
    const [file = ''] = kept()
    const good = fs.readFileSync(file)
    const from = good.length - 400
    for (const damaged of [
      Buffer.alloc(0),
      good.subarray(0, 100),
      good.subarray(0, -8),
      good.map((byte, index) => (index > from ? byte ^ 0xff : byte)),
      Buffer.concat([good, good]),
    ]) {
      fs.writeFileSync(file, damaged)
      expect(await run()).toEqual(saying('a'))
      expect(await run()).toEqual(saying('a'))
    }
  })

  it('is compiled again for other flags of V8', async () => {
    const { run, saying } = createProgram()
    await run()
    expect(await run('NODE_OPTIONS=--max-old-space-size=300')).toEqual(saying('a'))
    expect(await run()).toEqual(saying('a'))
  })

  it('is kept by several processes at once', async () => {
    const { run, saying, kept } = createProgram()
    expect(await Promise.all([run(), run(), run(), run()])).toEqual(Array(4).fill(saying('a')))
    expect(kept().filter((file) => /\.\d+$/.test(file))).toEqual([])
    expect(await run()).toEqual(saying('a'))
  })

  it.each(['NODE_DISABLE_COMPILE_CACHE=1', 'XDG_CACHE_HOME=not/absolute', 'HOME=', 'HOME=/dev/null'])(
    'is not kept with %s',
    async (setting) => {
      const { program, run, saying, kept } = createProgram()
      expect(await run(setting)).toEqual(saying('a'))
      expect(kept()).toEqual([])
      expect(fs.readdirSync(program)).toHaveLength(4)
    },
  )

  it('is not kept in a directory in which others write', async () => {
    const { home, run, saying, kept } = createProgram()
    const place = path.join(home, '.cache', 'muse-coord')
    fs.mkdirSync(place, { recursive: true })
    fs.chmodSync(place, 0o777)
    expect(await run()).toEqual(saying('a'))
    expect(kept()).toEqual([])
  })

  itAsRoot('is not looked for where a link of somebody else leads', async () => {
    const { home, run, saying, kept } = createProgram()
    const link = `${home}-link`
    fs.symlinkSync(home, link)
    fs.lchownSync(link, STRANGER, STRANGER)
    for (const setting of [`HOME=${link}`, `XDG_CACHE_HOME=${link}`]) expect(await run(setting)).toEqual(saying('a'))
    expect(kept()).toEqual([])
  })

  itAsRoot('is neither read nor written in the home of somebody else', async () => {
    const { home, run, saying, kept } = createProgram()
    fs.chownSync(home, STRANGER, STRANGER)
    expect(await run()).toEqual(saying('a'))
    expect(fs.readdirSync(home)).toEqual([])
    fs.chownSync(home, 0, 0)
    await run()
    const [file = ''] = kept()
    const { ino } = fs.statSync(file)
    fs.writeFileSync(file, '')
    fs.chownSync(path.join(home, '.cache', 'muse-coord'), STRANGER, STRANGER)
    expect(await run()).toEqual(saying('a'))
    expect(fs.statSync(file)).toMatchObject({ ino, size: 0 })
  })

  onNode20('of bundles that are no more is removed', async () => {
    const { run, saying, kept } = createProgram()
    await run()
    const [file = ''] = kept()
    for (const left of ['part-of-before.cjs', 'part.cjs.4711', '3-12345.mark'])
      fs.writeFileSync(path.join(path.dirname(file), left), '')
    fs.rmSync(file)
    expect(await run()).toEqual(saying('a'))
    expect(kept()).toEqual([file])
  })
})
