import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { createMachine } from '../support/machine.js'
import { runCli } from '../support/run-cli.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

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

  it('evaluates nothing that was typed, and completes beside it', () => {
    const directory = temporaryDirectory()
    const typed = ['$(touch tabbed)', '`touch tabbed`', "x'; touch tabbed; '", '"; touch tabbed; "', '; touch tabbed']
    const script = `
      _get_comp_words_by_ref() { cur="\${COMP_WORDS[COMP_CWORD]}"; words=("\${COMP_WORDS[@]}"); }
      compopt() { :; }
      muse-coord() { '${process.execPath}' '${executable}' "$@"; }
      eval "$(muse-coord completion bash)"
      ask() { COMP_WORDS=(muse-coord "$@"); COMP_CWORD=$#; __muse_coord_complete; }
      for word in "$@"; do ask show "$word"; done
      ask show "$1" ''; ask sync pus; echo "\${COMPREPLY[@]}"`
    const { stdout } = spawnSync('bash', ['-c', script, 'bash', ...typed], { cwd: directory, encoding: 'utf8' })
    expect(stdout).toBe('push\n')
    expect(fs.readdirSync(directory)).toEqual([])
    expect(run('completion', 'bash').stdout).not.toContain('eval "$requestComp"')
    expect(run('completion', 'powershell').stdout).toContain('\\u2018-\\u201B')
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

  it('completes in a workspace that is not believed', async () => {
    const machine = await createMachine()
    fs.chmodSync(path.join(machine.root, '.muse'), 0o777)
    const typed = ['completion', 'complete', '--']
    expect(await runCli(machine, [...typed, 'sta'])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('status'),
    })
    expect((await runCli(machine, [...typed, 'sync', 'pull', '--kinds', 're'])).exitCode).toBe(0)
  })

  it('knows no other shells', () => {
    expect(run('completion', 'csh')).toMatchObject({ status: 1, stdout: '' })
  })
})
