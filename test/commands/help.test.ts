import fs from 'node:fs'
import { beforeAll, describe, expect, it } from '@jest/globals'
import type { Command } from '../../src/commands/command.js'
import { CommandLine } from '../../src/commands/command-line.js'
import { commandSet } from '../../src/commands/command-set.js'
import { coreCommands } from '../../src/commands/index.js'
import { createContainer } from '../../src/container.js'
import { createMachine } from '../support/machine.js'
import { documentOf, runCli } from '../support/run-cli.js'
import { runExecutable } from '../support/run-executable.js'

const NOWHERE = { root: '/', env: {} }

describe('help', () => {
  let commands: readonly Command[]

  beforeAll(async () => {
    commands = commandSet(await createContainer(), coreCommands)
  })

  it('of every command says what it does, with a quickstart, the JSON fields, the exit codes and every flag', async () => {
    expect(commands.length).toBeGreaterThan(20)
    for (const { name, description, examples, json, exitCodes, options } of commands) {
      const { stdout: help, ...ended } = await runCli(NOWHERE, [...name.split(' '), '--help'])
      expect(ended).toEqual({ exitCode: 0, stderr: '' })
      for (const part of [
        description,
        `$ muse-coord ${name}`,
        'Agent quickstart',
        'JSON output',
        'Exit codes',
        '--json',
        '-C',
      ]) {
        expect(help).toContain(part)
      }
      for (const line of [...examples, ...json]) expect(help).toContain(line)
      if (json.length > 0) expect(help).toMatch(/ {2}schema_version .*\n {2}duration_ms /)
      for (const code of [0, 1, 2, 3, 130]) expect(help).toContain(`\n  ${code} — `)
      for (const [code, meaning] of Object.entries(exitCodes)) expect(help).toContain(`${code} — ${meaning}`)
      for (const { flag, description: about } of options)
        expect(help).toMatch(new RegExp(`${escaped(flag)} +${escaped(about)}`))
    }
  })

  it('gives every command a quickstart whose lines the program itself can read', async () => {
    const line = new CommandLine(async () => 0)
    line.add(commands)
    for (const command of commands) {
      const { name, examples } = command
      expect([name, examples.length > 0]).toEqual([name, true])
      for (const example of examples) {
        // Up to where the shell takes over; quoted words are one.
        const words = (example.split(/ [|>&]+ /)[0] ?? '').match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? []
        const argv = words.map((word) => word.replace(/^(["'])(.*)\1$/, '$2'))
        line.parse(argv)
        expect(line.command?.name).toBe(name)
        expect(await line.run(() => {})).toBe(0)
      }
    }
  })

  it.each([['--help'], ['-h']])(
    'comes from the real program with %s, whatever else is typed, and exit 0',
    async (flag) => {
      const ended = await runExecutable(NOWHERE, ['sync', 'push', '--owner', '..', flag])
      expect(ended).toMatchObject({ exitCode: 0, stderr: '' })
      expect(ended.stdout).toContain('$ muse-coord sync push')
      expect(ended.stdout).toContain('sync push --owner gabriel --slug myrepo -j | jq .inserted')
    },
  )

  it.each([[[]], [['--help']], [['help']], [['-h']]])('lists the commands for %j', async (argv) => {
    const ended = await runCli(NOWHERE, argv)
    expect(ended).toMatchObject({ exitCode: 0, stderr: '' })
    for (const { name, summary } of commands)
      expect(ended.stdout).toMatch(new RegExp(`  ${name} +${escaped(summary)}\n`))
  })

  it('describes a group: what its commands do and print, each with its flags, the environment, the exit codes', async () => {
    const { stdout, exitCode } = await runCli(NOWHERE, ['sync', '--help'])
    expect(exitCode).toBe(0)
    expect(stdout).not.toContain('  auth keygen')
    const group = commands.filter(({ name }) => name.startsWith('sync '))
    for (const { name, description, examples, options } of group) {
      expect(stdout).toContain(`muse-coord ${name}`)
      expect(stdout).toContain(description.split('\n')[0])
      expect(stdout).toContain(examples[0])
      for (const { flag } of options) expect(stdout).toContain(flag)
    }
    for (const part of ['Environment', 'MUSE_COORD_TIMEOUT', 'Exit codes', '7 — a lease', '✅ Pushed 12 record(s)'])
      expect(stdout).toContain(part)
  })

  it.each([[['reserve', '--help', '--json']], [['reserve', '-jh']], [['help', 'reserve', '--json']]])(
    'is one document with --json: %j',
    async (argv) => {
      const ended = await runCli(NOWHERE, argv)
      expect(ended).toMatchObject({ exitCode: 0, stderr: '' })
      expect(documentOf(ended)).toMatchObject({ name: 'reserve', help: expect.stringContaining('Usage:') })
    },
  )

  it('names the kinds where a flag takes kinds', async () => {
    const { stdout } = await runExecutable(NOWHERE, ['sync', 'pull', '--help'])
    expect(stdout).toContain('One of: reservation, heartbeat, intent, release, dependency, task, claim.')
  })

  it('tells every variable of the environment that the program reads', async () => {
    const { stdout } = await runCli(NOWHERE, ['--help'])
    const guide = fs.readFileSync('src/commands/README.md', 'utf8')
    const sources = ['src', 'plugins'].flatMap((room) =>
      fs
        .readdirSync(room, { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.ts'))
        .map((file) => fs.readFileSync(`${room}/${file}`, 'utf8')),
    )
    const variables = new Set(sources.flatMap((text) => text.match(/MUSE_[A-Z_]+[A-Z]/g) ?? []))
    expect(variables.size).toBeGreaterThan(5)
    for (const variable of variables)
      expect([stdout, guide].map((text) => text.includes(variable))).toEqual([true, true])
  })

  it('lists the commands as one document with --json', async () => {
    const ended = await runCli(NOWHERE, ['--json'])
    expect(ended).toMatchObject({ exitCode: 0, stderr: '' })
    expect(documentOf(ended).commands).toContainEqual({
      name: 'sync push',
      summary: commands.find(({ name }) => name === 'sync push')?.summary,
      moment: 'working',
    })
  })
})

describe('the version', () => {
  it.each([['--version'], ['-v']])('comes with %s and nothing else', async (flag) => {
    const machine = await createMachine()
    const ended = await runExecutable(machine, [flag])
    expect(ended).toMatchObject({ exitCode: 0, stderr: '' })
    expect(ended.stdout).toMatch(/^muse-coord \d+\.\d+\.\d+\n$/)
  })
})

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
