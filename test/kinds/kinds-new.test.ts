import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { documentOf, runCli } from '../support/run-cli.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

const run = (directory: string, ...argv: string[]) => runCli({ root: directory, env: { HOME: directory } }, argv)

/** What an author does next: installs muse-coord beside it, and runs its tests. */
function runTestsOf(directory: string) {
  fs.mkdirSync(path.join(directory, 'node_modules'))
  fs.symlinkSync(process.cwd(), path.join(directory, 'node_modules', 'muse-coord'))
  const { NODE_OPTIONS, NODE_TEST_CONTEXT, ...env } = process.env
  return spawnSync(process.execPath, ['--test'], { cwd: directory, env, encoding: 'utf8' })
}

describe('kinds new', () => {
  it('makes a package whose tests pass, and whose kind is registered by its path', async () => {
    const directory = temporaryDirectory()
    const made = await run(directory, 'kinds', 'new', 'build-lock', '--json')
    expect(documentOf(made)).toMatchObject({
      name: 'build-lock',
      directory: path.join(directory, 'muse-kind-build-lock'),
    })
    const place = path.join(directory, 'muse-kind-build-lock')
    expect(fs.readdirSync(place).sort()).toEqual((documentOf(made).files as string[]).sort())
    const { status, stdout } = runTestsOf(place)
    expect([status, stdout]).toEqual([0, expect.stringMatching(/pass 1\d/)])
    fs.mkdirSync(path.join(directory, '.muse'))
    const kinds = await run(directory, 'kinds', '--plugin', './muse-kind-build-lock', '--json')
    expect(documentOf(kinds).kinds).toContainEqual(
      expect.objectContaining({ name: 'build-lock', directory: 'build-locks', id_field: 'build_lock_id' }),
    )
  })

  it('has a suite that fails where the kind is broken', async () => {
    const directory = temporaryDirectory()
    await run(directory, 'kinds', 'new', 'entry')
    const place = path.join(directory, 'muse-kind-entry')
    const index = path.join(place, 'index.js')
    const text = fs.readFileSync(index, 'utf8')
    expect(text).toContain("directory: 'entries'")
    fs.writeFileSync(
      index,
      text.replace('expires_at ?? null', 'new Date(Date.now() + Math.random() * 1e9).toISOString()'),
    )
    expect(runTestsOf(place).status).toBe(1)
  })

  it.each([
    ['Lock', /"Lock" is no name for a kind/],
    ['con', /"con" is no name for a kind/],
    ['../lock', /lower-case/],
    ['x'.repeat(65), /64/],
    ['claim', /There is a kind claim already/],
    ['taken', /nothing is replaced/],
  ])('refuses the name %s, and makes nothing', async (name, problem) => {
    const directory = temporaryDirectory()
    fs.mkdirSync(path.join(directory, 'muse-kind-taken'))
    const refused = await run(directory, 'kinds', 'new', name, '--json')
    expect([refused.exitCode, documentOf(refused).error]).toEqual([1, expect.stringMatching(problem)])
    expect(fs.readdirSync(directory, { recursive: true })).toEqual(['muse-kind-taken'])
  })

  it('says that the directory it is to work in is not there', async () => {
    const directory = temporaryDirectory()
    const refused = await run(directory, 'kinds', 'new', 'lock', '-C', path.join(directory, 'none'), '--json')
    expect([refused.exitCode, documentOf(refused).error]).toEqual([2, expect.stringContaining('none is not there')])
  })
})
