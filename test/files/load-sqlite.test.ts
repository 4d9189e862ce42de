import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { build } from 'rolldown'
import { temporaryDirectory } from '../support/temporary-directory.js'

const project = path.resolve(import.meta.dirname, '../..')
const itsModules = path.join(project, 'node_modules')
const brought = path.join(itsModules, '@photostructure/sqlite')
const system = `${process.platform}-${process.arch}`
const binary = path.join(brought, 'prebuilds', system, '@photostructure+sqlite.glibc.node')

// Newer releases of Node have their own, and then no package is looked for.
const usesPackage = process.getBuiltinModule('node:sqlite') === undefined && !fs.existsSync('/etc/alpine-release')
const test = usesPackage && fs.existsSync(binary) ? it : it.skip

/** Opens a database in a process of its own, beside a package that was changed. */
async function openBeside(change: (directory: string) => void) {
  const place = temporaryDirectory()
  const directory = path.join(place, 'node_modules/@photostructure/sqlite')
  fs.mkdirSync(path.join(directory, 'prebuilds', system), { recursive: true })
  for (const name of ['package.json', 'dist'])
    fs.cpSync(path.join(brought, name), path.join(directory, name), { recursive: true })
  fs.copyFileSync(binary, path.join(directory, 'prebuilds', system, path.basename(binary)))
  fs.symlinkSync(path.join(itsModules, 'node-gyp-build'), path.join(place, 'node_modules/node-gyp-build'))
  change(directory)
  await build({
    input: path.join(project, 'src/files/load-sqlite.ts'),
    platform: 'node',
    external: [/^@photostructure\//],
    logLevel: 'warn',
    output: { file: path.join(place, 'program', 'load.cjs'), format: 'cjs' },
  })
  const code = `const { loadSqlite } = require('./program/load.cjs')
    const database = loadSqlite()(':memory:')
    database.exec('CREATE TABLE t (a); INSERT INTO t VALUES (1)')
    const rows = database.prepare('SELECT a FROM t').all().length
    console.log(JSON.stringify({ rows, files: Object.keys(require.cache) }))`
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', code], { cwd: place, encoding: 'utf8' })
  if (stdout === '') return { rows: 0, searches: null, stderr }
  const { rows, files } = JSON.parse(stdout)
  return { rows, searches: files.some((file: string) => file.includes('node-gyp-build')), stderr }
}

describe('SQLite of the package', () => {
  test('is what it brings for this system, for which nobody searches', async () => {
    expect(await openBeside(() => {})).toEqual({ rows: 1, searches: false, stderr: '' })
  })

  test.each([
    [
      'was compiled on this machine',
      (directory: string) => {
        fs.mkdirSync(path.join(directory, 'build/Release'), { recursive: true })
        fs.copyFileSync(binary, path.join(directory, 'build/Release/sqlite.node'))
        fs.rmSync(path.join(directory, 'prebuilds'), { recursive: true })
      },
    ],
    [
      'bears another name',
      (directory: string) => {
        const place = path.join(directory, 'prebuilds', system)
        fs.renameSync(path.join(place, path.basename(binary)), path.join(place, 'node.napi.node'))
      },
    ],
  ])('is found by the package itself where it %s', async (_, change) => {
    expect(await openBeside(change)).toEqual({ rows: 1, searches: true, stderr: '' })
  })

  test('is missing where no file of it can be loaded', async () => {
    const { rows, stderr } = await openBeside((directory) => {
      fs.writeFileSync(path.join(directory, 'prebuilds', system, path.basename(binary)), 'no program')
    })
    expect(rows).toBe(0)
    expect(stderr).toContain('SQLite')
  })
})
