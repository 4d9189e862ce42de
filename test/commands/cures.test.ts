import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { CommandLine } from '../../src/commands/command-line.js'
import { commandSet } from '../../src/commands/command-set.js'
import { coreCommands } from '../../src/commands/index.js'
import { createContainer } from '../../src/container.js'
import { cleanUp } from '../support/clean-up.js'
import { createMachine, type Machine } from '../support/machine.js'
import { documentOf, runCli } from '../support/run-cli.js'
import { startHub } from '../support/start-hub.js'

/** The commands that a sentence puts between backticks, without the program's name. */
function commandsIn(sentence: string): string[] {
  return [...sentence.matchAll(/`muse-coord ([^`]*)`/g)].map(([, command]) => command as string)
}

function wordsOf(command: string): string[] {
  return (command.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? []).map((word) => word.replace(/^(["'])(.*)\1$/, '$2'))
}

/** What somebody types in the place of a word that a cure leaves to them. */
type Chosen = Readonly<Record<string, string>>

/** Runs what is refused, then the cures that its hint names, in their order; each ends with 0. */
async function cured(machine: Machine, argv: readonly string[], chosen: Chosen = {}, directory = machine.root) {
  const refused = documentOf(await runCli(machine, [...argv, '--json'], { directory }))
  const { hint, status } = refused as { hint: string; status: string }
  const cures = commandsIn(hint)
  if (cures.length === 0) throw new Error(`${status} names no cure: ${hint}`)
  for (const cure of cures) {
    const ended = await runCli(
      machine,
      wordsOf(cure).map((word) => chosen[word] ?? word),
      { directory },
    )
    expect([cure, ended.stderr, ended.exitCode]).toEqual([cure, ended.stderr, 0])
  }
  return { status, cures }
}

describe('the cure of an error', () => {
  let line: CommandLine

  beforeAll(async () => {
    line = new CommandLine(async () => 0)
    line.add(commandSet(await createContainer(), coreCommands))
  })

  it('is a command that the program can read, wherever a sentence of the sources names one', async () => {
    const sources = ['src', 'plugins'].flatMap((room) =>
      fs
        .readdirSync(room, { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.ts'))
        .map((file) => path.join(room, file)),
    )
    const named = sources.flatMap((file) =>
      commandsIn(fs.readFileSync(file, 'utf8').replaceAll('\\`', '`'))
        // What a sentence fills in may be several words.
        .filter((command) => !/\$\{|…/.test(command))
        .map((command) => ({ file, command })),
    )
    expect(named.length).toBeGreaterThan(60)
    const faults: string[] = []
    for (const { file, command } of named) {
      if (command === 'help' || command.startsWith('help ')) continue
      const readable = async () => {
        line.parse(wordsOf(command))
        return line.command === undefined ? 'names no command' : await line.run(() => {})
      }
      faults.push(
        ...(await readable().then(
          (code) => (code === 0 ? [] : [`${file}: ${command}: ${code}`]),
          (error) => [`${file}: ${command}: ${error}`],
        )),
      )
    }
    expect(faults).toEqual([])
  })

  it('makes a store where there is none', async () => {
    const machine = await createMachine()
    const directory = path.join(machine.home, 'project')
    fs.mkdirSync(directory)
    const reserve = ['reserve', 'a.ts', '--run-id', 'r1']
    expect(await cured(machine, reserve, {}, directory)).toMatchObject({ status: 'not_a_repo', cures: ['init'] })
    expect(await runCli(machine, reserve, { directory })).toMatchObject({ exitCode: 0 })
  })

  it('names a space and a hub that the settings lack', async () => {
    const hub = await startHub()
    cleanUp(hub.close)
    const machine = await createMachine({ hub: hub.url, signer: await hub.register('gabriel') })
    fs.writeFileSync(path.join(machine.root, '.muse/config.toml'), '')
    const chosen = { NAME: 'gabriel', URL: hub.url }
    expect(await cured(machine, ['sync', 'push'], chosen)).toMatchObject({ cures: ['init --owner NAME'] })
    await cured(machine, ['sync', 'push'], { NAME: 'muse' })
    expect(await cured(machine, ['sync', 'push'], chosen)).toMatchObject({ status: 'no_hub_url' })
    expect(await runCli(machine, ['sync', 'push'])).toMatchObject({ exitCode: 0 })
  })

  it('makes a key, tells the hub of it, and has its owner make the space', async () => {
    const hub = await startHub()
    cleanUp(hub.close)
    const machine = await createMachine({ hub: hub.url, owner: 'ada', signer: null })
    machine.write({ 'tasks/t1.json': { task_id: 't1', run_id: 'r1' } })
    const [keygen, register] = (await cured(machine, ['sync', 'push'], { URL: hub.url, NAME: 'ada' })).cures
    expect([keygen, register]).toEqual([expect.stringMatching(/^auth keygen/), expect.stringMatching(/^auth register/)])
    expect(await cured(machine, ['space', 'show'])).toMatchObject({ cures: ['sync push'] })
    expect(await runCli(machine, ['space', 'show'])).toMatchObject({ exitCode: 0 })
  })

  it('tells who is not let in what the owner types, and who does not sign how to begin', async () => {
    const hub = await startHub()
    cleanUp(hub.close)
    const owner = await createMachine({ hub: hub.url, signer: await hub.register('gabriel') })
    owner.write({ 'tasks/t1.json': { task_id: 't1', run_id: 'r1' } })
    await owner.push()
    const other = await createMachine({ hub: hub.url, signer: await hub.register('ada') })
    const hint = async ({ hint }: { hint?: unknown }) => commandsIn(String(hint))
    const [grant] = await hint(documentOf(await runCli(other, ['sync', 'pull', '--json'])))
    expect(grant).toBe('space grant ada --owner gabriel --slug muse')
    expect(await runCli(owner, wordsOf(grant as string))).toMatchObject({ exitCode: 0 })
    expect(await runCli(other, ['sync', 'pull'])).toMatchObject({ exitCode: 0 })
    const nobody = await createMachine({ hub: hub.url, signer: null })
    expect(await cured(nobody, ['sync', 'pull'], { NAME: 'grace' })).toMatchObject({
      cures: [expect.stringMatching(/^auth keygen --hub /), expect.stringMatching(/^auth register --hub /)],
    })
  })

  it.each([
    [['frobnicate'], ['help']],
    [['sync', 'pull', '--frobnicate'], ['help sync pull']],
    [['sync', 'pull', '--limit', '0'], ['help sync pull']],
    [['show'], ['help show']],
    [['reserve', 'a.ts', '--run-id', ''], ['help reserve']],
    [
      ['show', 'nothing-like-it'],
      ['status', 'sync pull'],
    ],
  ])('of %j is %j', async (argv, cures) => {
    const machine = await createMachine()
    const refused = documentOf(await runCli(machine, [...argv, '--json']))
    expect(commandsIn(String(refused.hint))).toEqual(cures)
    expect(await runCli(machine, wordsOf(cures[0] as string))).toMatchObject({ exitCode: 0 })
  })

  it('of a task that another run has, or its reservation, names that one', async () => {
    const machine = await createMachine()
    await runCli(machine, ['enqueue', 'Mend it', '--id', 't1'])
    await runCli(machine, ['claim', 't1', '--run-id', 'r1'])
    const task = documentOf(await runCli(machine, ['claim', 't1', '--run-id', 'r2', '--json']))
    expect(commandsIn(String(task.hint))).toEqual(['wait t1', 'claim --take t1'])
    const reserved = documentOf(await runCli(machine, ['reserve', 'a.ts', '--run-id', 'r1', '--json']))
    const id = String(reserved.reservation_id)
    const held = documentOf(await runCli(machine, ['release', id, '--run-id', 'r2', '--json']))
    expect(commandsIn(String(held.hint))).toEqual([`wait ${id}`, `release --force --reason TEXT ${id}`])
    await runCli(machine, ['release', id, '--run-id', 'r1'])
    await runCli(machine, ['complete', 't1', '--run-id', 'r1'])
    expect(await runCli(machine, ['wait', 't1', id])).toMatchObject({ exitCode: 0 })
  })

  it.each(['reserve', 'check'])('of %s waits for what is held, until it is free', async (command) => {
    const machine = await createMachine()
    fs.mkdirSync(path.join(machine.root, 'lib'))
    const directory = path.join(machine.root, 'lib')
    const asked = [command, "a's.ts", '--run-id', 'r2', ...(command === 'reserve' ? ['--deny'] : [])]
    await runCli(machine, ['reserve', "a's.ts", '--deny', '--run-id', 'r1', '--ttl', '2'], { directory })
    const told = await runCli(machine, asked, { directory })
    expect(told.exitCode).toBe(6)
    const refused = documentOf(await runCli(machine, [...asked, '--json'], { directory }))
    expect(told.stdout).toContain(String(refused.hint))
    const [wait] = commandsIn(String(refused.hint)) as [string]
    expect(wait).toBe(`wait ':/lib/a'\\''s.ts'`)
    expect(await runCli(machine, ['wait', ":/lib/a's.ts", '--run-id', 'r2'])).toMatchObject({ exitCode: 0 })
    expect(await runCli(machine, asked, { directory })).toMatchObject({ exitCode: 0 })
  })
})

describe('a cure that names a file', () => {
  // Whoever shares a repository chooses names of files.
  const NAME = "it's $(touch pwned) `touch pwned`; touch pwned.json"

  it.each(['{', 'a link'])('runs nothing of its name: %s', async (content) => {
    const machine = await createMachine()
    const directory = path.join(machine.coordination, 'reservations')
    fs.mkdirSync(directory, { recursive: true })
    const file = path.join(directory, NAME)
    if (content === 'a link') fs.symlinkSync('/etc/hosts', file)
    else fs.writeFileSync(file, content)
    const { findings } = documentOf(await runCli(machine, ['doctor', '--json'])) as {
      findings: { cure: string | null }[]
    }
    const reserved = await runCli(machine, ['reserve', 'a.ts', '--deny', '--run-id', 'r1', '--json'])
    const told = [String(documentOf(reserved).hint), ...findings.map(({ cure }) => String(cure))]
    const cures = told.flatMap((cure) => /mv '.*'(?=`|$)/.exec(cure) ?? [])
    expect(cures).toHaveLength(2)
    for (const cure of cures) {
      spawnSync('sh', ['-c', cure], { cwd: directory })
      const [moved] = fs.readdirSync(directory)
      expect(moved).toMatch(/^it's \$\(touch pwned\) `touch pwned`; touch pwned\.json\.(aside|broken)$/)
      fs.renameSync(path.join(directory, String(moved)), file)
    }
  })
})
