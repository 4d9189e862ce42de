import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'

const root = path.resolve(import.meta.dirname, '..')
const { scripts }: { scripts: Record<string, string> } = JSON.parse(
  fs.readFileSync(path.join(root, 'package.json'), 'utf8'),
)
const names = Object.keys(scripts).filter((name) => /^(soak|fuzz|bench)\b/.test(name))

/** Runs what `npm run` runs of a script, without the build before it. */
function run(name: string, flag: string) {
  const words = (scripts[name] as string).split(' && ').at(-1)?.split(' ').slice(1) ?? []
  return spawnSync(process.execPath, [...words, flag], { cwd: root, encoding: 'utf8' })
}

describe('the scripts for whoever tries this program', () => {
  it.each(names)('%s tells its flags', (name) => {
    const { status, stdout, stderr } = run(name, '--help')
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(new RegExp(`^usage: npm run ${name}( -- \\[|\n)`))
  })

  it.each(names)('%s names a flag that it does not know, and runs nothing', (name) => {
    const { status, stdout, stderr } = run(name, '--nonsense')
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(new RegExp(`^❌ .*--nonsense.*\nusage: npm run ${name}\\b`))
  })
})
