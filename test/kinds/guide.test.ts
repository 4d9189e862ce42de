import { spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { createContainer } from '../../src/container.js'
import { registryOf } from '../../src/kinds/registry.js'
import { createSeal } from '../../src/kinds/seal.js'
import type { JsonObject } from '../../src/record/record.js'
import { cleanUp } from '../support/clean-up.js'
import { createMachine, type Machine } from '../support/machine.js'
import { documentOf } from '../support/run-cli.js'
import { runExecutable } from '../support/run-executable.js'
import { createSwarm } from '../support/swarm.js'
import { trustPlugins } from '../support/trust-plugins.js'

const PROJECT = path.resolve(import.meta.dirname, '../..')
const guide = fs.readFileSync(path.join(PROJECT, 'plugins/README.md'), 'utf8')

const blocks = [...guide.matchAll(/```(\w+)\n([\s\S]*?)\n```/g)].map(([, language = '', code = '']) => ({
  language,
  code,
}))

/** The one example in this language that has this text. */
function example(language: string, text: string): string {
  const [found, ...others] = blocks.filter((block) => block.language === language && block.code.includes(text))
  if (found === undefined || others.length > 0) throw new Error(`The guide shows not one example with ${text}`)
  return found.code
}

const SMALLEST = example('js', '// muse-kind-checkpoint/index.js')
const MANIFEST = example('json', '"muse-kind-checkpoint"')
const SETTINGS = example('toml', 'plugins = [')
const LOCK = example('js', "directory: 'locks'")
const LEASE_CALLS = example('js', 'await openLeases(session)')
const SUITE = example('js', 'describeKind(')
const LIST = example('js', "name: 'checkpoint list'")
const PLAIN = example('js', "api: '^1'")
const OPTIONS = example('toml', '[plugins.checkpoints]')
const NOTE = example('ts', "name: 'note'")

/** A record of each built-in kind: the name of the kind, and the text. */
const RECORDS = guide
  .slice(guide.indexOf('## The built-in kinds'))
  .split('\n### ')
  .slice(1)
  .map((section) => [section.split('\n')[0], /```json\n([\s\S]*?)\n```/.exec(section)?.[1] ?? ''] as const)

const CHECKPOINT = { 'index.js': SMALLEST, 'package.json': MANIFEST }

/** A package where `npm install` puts it, beside the program. */
function install(machine: Machine, files: Readonly<Record<string, string>>): string {
  const place = path.join(machine.root, 'node_modules/muse-kind-checkpoint')
  fs.mkdirSync(place, { recursive: true })
  for (const [name, text] of Object.entries(files)) fs.writeFileSync(path.join(place, name), text)
  linkProgram(machine)
  return place
}

function linkProgram({ root }: Machine): void {
  fs.mkdirSync(path.join(root, 'node_modules'), { recursive: true })
  fs.symlinkSync(PROJECT, path.join(root, 'node_modules/muse-coord'))
}

/** Appends to the settings, in which `[coord]` stands last and once. */
function configure({ root }: Machine, toml: string): void {
  fs.appendFileSync(path.join(root, '.muse/config.toml'), `${toml.replace('[coord]\n', '')}\n`)
}

function write({ root }: Machine, name: string, text: string, mode = 0o644): void {
  const file = path.join(root, name)
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.writeFileSync(file, text, { mode })
}

/** Runs a program to its end. */
async function run({ root, env }: Machine, program: string, argv: readonly string[], directory = root) {
  const child = spawn(program, argv, { cwd: directory, env })
  cleanUp(() => child.kill('SIGKILL'))
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      said += text
    })
  }
  const exitCode = await new Promise((resolve) => child.on('close', resolve))
  return { exitCode, said }
}

const verb = async (machine: Machine, ...argv: string[]) => {
  const ended = await runExecutable(machine, [...argv, '--json'])
  // biome-ignore lint/suspicious/noExplicitAny: a JSON document, whose shape is what the tests look into
  const json: any = documentOf(ended)
  return { exitCode: ended.exitCode, json }
}

describe('the guide for authors of kinds', () => {
  it('has a smallest kind and a lease, which settings name as it says, and whose records travel', async () => {
    const swarm = await createSwarm()
    const machine = await swarm.machine()
    install(machine, CHECKPOINT)
    write(machine, 'tools/another-kind.js', LOCK)
    write(machine, 'package.json', '{ "type": "module" }')
    configure(machine, SETTINGS)
    await trustPlugins(machine)
    const { json } = await verb(machine, 'kinds')
    expect(json.kinds).toContainEqual(expect.objectContaining({ name: 'checkpoint', origin: 'muse-kind-checkpoint' }))
    expect(json.kinds).toContainEqual(expect.objectContaining({ name: 'lock', origin: './tools/another-kind.js' }))
    machine.write({ 'checkpoints/c1.json': { checkpoint_id: 'c1', run_id: 'agent-1', step: 3 } })
    expect((await verb(machine, 'sync', 'push')).json).toMatchObject({ inserted: 1, total: 1, ignored: [] })
    expect((await verb(machine, 'sync', 'pull', '--all')).json).toMatchObject({ count: 1, rejected: [] })
  })

  it('has a lock that a command holds, and calls by which a program does', async () => {
    const machine = await createMachine()
    linkProgram(machine)
    write(machine, 'lock.mjs', LOCK)
    configure(machine, 'plugins = ["./lock.mjs"]')
    await trustPlugins(machine)
    write(machine, 'deploy.sh', '#!/bin/sh\ngrep -o agent-7 .muse/coordination/locks/deploy.json\n', 0o755)
    const [, line = ''] = /`muse-coord (run --hold lock\/deploy [^`]*)`/.exec(guide) ?? []
    expect(await runExecutable(machine, line.split(' '))).toMatchObject({ exitCode: 0, stdout: 'agent-7\n' })
    expect((await verb(machine, 'wait', 'deploy', '--timeout', '0')).exitCode).toBe(0)
    const calls = LEASE_CALLS.replace(/^import.*\n/m, '')
    const program = `import { openSession } from 'muse-coord'
      import { openLeases } from 'muse-coord/plugin'
      const session = await openSession({ plugins: ['./lock.mjs'] })
      ${calls}
      console.log(lease.recordId, renewed.runId, renewed.expiresAt >= lease.expiresAt)
      const again = await leases.acquire({ kind: 'lock', recordId: 'deploy', runId: 'agent-8', ttlSeconds: 60 })
      await leases.acquire({ kind: 'lock', recordId: 'deploy', runId: 'agent-9', ttlSeconds: 60 }).catch(({ code }) => console.log(code))
      await leases.release(again)`
    write(machine, 'program.mjs', program)
    expect(await run(machine, process.execPath, ['program.mjs'])).toEqual({
      exitCode: 0,
      said: 'deploy agent-7 true\nRECORD_HELD\n',
    })
  })

  it('has a test that passes', async () => {
    const machine = await createMachine()
    const place = install(machine, { ...CHECKPOINT, 'index.test.js': SUITE })
    const { exitCode, said } = await run(machine, process.execPath, ['--test', 'index.test.js'], place)
    expect({ exitCode, said }).toEqual({ exitCode: 0, said: expect.stringMatching(/pass \d\d/) })
  })

  it('has a command, whose answer keeps the payload as it was written', async () => {
    const machine = await createMachine()
    const [, fields = ''] = /defineKind\(\{([\s\S]*)\}\)/.exec(SMALLEST) ?? []
    const list = LIST.replace('/* as above */', fields)
    install(machine, { ...CHECKPOINT, 'index.js': list })
    machine.write({ 'checkpoints/c1.json': { checkpoint_id: 'c1', stepNo: 3 }, 'checkpoints/c2.json': { stepNo: 4 } })
    const { json } = await verb(machine, 'checkpoint', 'list', '--limit', '1', '--plugin', 'muse-kind-checkpoint')
    expect(json).toMatchObject({ checkpoints: [{ record_id: 'c1', payload: { checkpoint_id: 'c1', stepNo: 3 } }] })
    expect(await verb(machine, 'checkpoint', 'list', '--limit', '0', '--plugin', 'muse-kind-checkpoint')).toMatchObject(
      {
        exitCode: 1,
        json: { error: expect.stringContaining('--limit') },
      },
    )
  })

  it('has a plain object, which imports nothing and refuses options that its schema does', async () => {
    const machine = await createMachine()
    write(machine, 'plain.mjs', PLAIN)
    const kinds = ['kinds', '--plugin', './plain.mjs']
    configure(machine, OPTIONS)
    expect((await verb(machine, ...kinds)).json.kinds).toContainEqual(expect.objectContaining({ name: 'checkpoint' }))
    configure(machine, 'kept = 3')
    const { exitCode, json } = await verb(machine, ...kinds)
    expect({ exitCode, ...json }).toMatchObject({
      exitCode: 1,
      error: expect.stringContaining('[plugins.checkpoints]'),
    })
  })

  it('has a kind in TypeScript, whose types hold', async () => {
    const machine = await createMachine()
    linkProgram(machine)
    write(machine, 'note.mts', NOTE)
    write(machine, 'wrong.mts', NOTE.replace("idField: 'note_id'", "idField: 'nonsense'"))
    const options = { strict: true, noEmit: true, module: 'nodenext', target: 'es2023', types: ['node'] }
    const typeRoots = [path.join(PROJECT, 'node_modules/@types')]
    const tsc = async (file: string) => {
      write(machine, 'tsconfig.json', JSON.stringify({ compilerOptions: { ...options, typeRoots }, files: [file] }))
      return run(machine, process.execPath, [path.join(PROJECT, 'node_modules/typescript/bin/tsc'), '-p', '.'])
    }
    expect(await tsc('note.mts')).toEqual({ exitCode: 0, said: '' })
    expect((await tsc('wrong.mts')).said).toContain('"nonsense"')
    // Node takes the types away from 22.18 on, and says so.
    if (!(process.features as { typescript?: unknown }).typescript) return
    const { json } = await verb(machine, 'kinds', '--plugin', './note.mts')
    expect(json.kinds).toContainEqual(expect.objectContaining({ name: 'note', origin: './note.mts' }))
  })

  it('shows a record of each built-in kind that may travel', async () => {
    const { all } = registryOf(await createContainer())
    expect(RECORDS.map(([name]) => name)).toEqual(all.map(({ name }) => name))
    for (const [index, kind] of all.entries()) {
      const [, text = ''] = RECORDS[index] ?? []
      const payload = JSON.parse(text) as JsonObject
      const seal = await createSeal(kind)
      expect(seal(payload, 'stem')).toMatchObject({
        record: { recordId: payload[kind.idField], runId: payload[kind.runIdField] ?? '' },
        warning: null,
      })
    }
  })

  it('shows nothing that none of these tests runs', () => {
    const run = [SMALLEST, MANIFEST, SETTINGS, LOCK, LEASE_CALLS, SUITE, LIST, PLAIN, OPTIONS, NOTE]
    const known = [...run, ...RECORDS.map(([, text]) => text)]
    expect(blocks.filter(({ code }) => !known.includes(code))).toEqual([])
  })
})
