import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'

const executable = path.resolve(import.meta.dirname, '../../dist/cli.cjs')

function run(...argv: string[]) {
  return spawnSync(process.execPath, [executable, ...argv], { encoding: 'utf8' })
}

function completed(...words: string[]): string[] {
  const lines = run('completion', 'complete', '--', ...words)
    .stdout.trim()
    .split('\n')
  return lines.filter((line) => !line.startsWith(':')).map((line) => line.split('\t')[0] as string)
}

describe('completion', () => {
  it.each(['bash', 'zsh', 'fish', 'powershell'])('prints a script for %s that asks this program', (shell) => {
    const { status, stdout } = run('completion', shell)
    expect(status).toBe(0)
    expect(stdout).toContain('muse-coord completion complete')
  })

  it('prints a script that bash can read', () => {
    const { status, stderr } = spawnSync('bash', ['-n'], { input: run('completion', 'bash').stdout, encoding: 'utf8' })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  })

  it('completes commands of one word and of two, verbs of plugins among them', () => {
    expect(completed('sync', '')).toEqual(['push', 'pull', 'watch'])
    expect(completed('res')).toEqual(['reserve'])
    expect(completed('')).toEqual(expect.arrayContaining(['sync', 'hub', 'claim', 'demo']))
  })

  it('completes flags, and the names of kinds after --kinds', () => {
    expect(completed('sync', 'pull', '--s')).toEqual(['--slug', '--since-id'])
    expect(completed('sync', 'pull', '--kinds', 're')).toEqual(['reservation', 'release'])
  })

  it('knows no other shells', () => {
    expect(run('completion', 'csh')).toMatchObject({ status: 1, stdout: '' })
  })
})
