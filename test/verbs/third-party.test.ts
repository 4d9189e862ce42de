import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { createMachine } from '../support/machine.js'
import { documentOf, runCli } from '../support/run-cli.js'
import { trustPlugins } from '../support/trust-plugins.js'

// As somebody writes it who has never seen this project's sources: the tokens are all that it shares with them.
const PLUGIN = `
  const checkpoint = {
    name: 'checkpoint', directory: 'checkpoints', idField: 'checkpoint_id', runIdField: 'run_id', schema: {},
    merge: 'latest', expiresAt: () => null, describe: ({ step }) => 'step ' + step, ends: () => () => 0,
  }
  const list = {
    name: 'checkpoints', summary: 'List checkpoints.', description: 'Lists what runs have reached.',
    arguments: '[run...]', options: [{ flag: '--deep', description: 'All of it.' }], examples: ['checkpoints --json'],
    json: ['kinds  how many kinds there are'], exitCodes: { 0: 'listed' },
    async run(call) {
      const { container } = await call.session()
      const kinds = container.resolve(Symbol.for('muse-coord.kind-registry')).all.length
      return { result: { kinds, runIds: call.arguments, deep: call.flags.on('deep') }, text: kinds + ' kinds' }
    },
  }
  export default (container) => {
    container.register(Symbol.for('muse-coord.kind'), { useValue: checkpoint })
    container.register(Symbol.for('muse-coord.command'), { useValue: list })
  }
`

async function machineWithPlugin() {
  const machine = await createMachine()
  fs.writeFileSync(path.join(machine.root, 'checkpoints.mjs'), PLUGIN)
  fs.appendFileSync(path.join(machine.root, '.muse/config.toml'), 'plugins = ["./checkpoints.mjs"]\n')
  await trustPlugins(machine)
  return machine
}

describe('a plugin that brings a kind and its command', () => {
  it('has the command in the overview, in --help and in JSON like the built-in ones', async () => {
    const machine = await machineWithPlugin()
    expect((await runCli(machine, ['--help'])).stdout).toMatch(/^ {2}checkpoints +List checkpoints\.$/m)
    const { exitCode, stdout: help } = await runCli(machine, ['checkpoints', '--help'])
    expect(exitCode).toBe(0)
    expect(help).toContain('muse-coord checkpoints [run...] [options]')
    expect(help).toContain('--deep')
    const answer = await runCli(machine, ['checkpoints', 'a', 'b', '--deep', '--json'])
    expect(answer.exitCode).toBe(0)
    expect(documentOf(answer)).toMatchObject({ schema_version: '1', kinds: 8, run_ids: ['a', 'b'], deep: true })
    expect((await runCli(machine, ['checkpoints', '--shallow'])).exitCode).toBe(1)
    // Behind -- nothing is ours: neither a plugin nor a directory.
    const behind = await runCli(machine, ['checkpoints', '--json', '--', '--plugin', 'nowhere', '-C', '/nowhere'])
    expect(documentOf(behind)).toMatchObject({ run_ids: ['--plugin', 'nowhere', '-C', '/nowhere'] })
  })

  it.each([
    ['command => 7', /command 7 of a plugin cannot be used: it is no object/],
    ["command => ({ ...command, name: 'One Two' })", /its name is not one or two words/],
    ['command => ({ ...command, summary: undefined })', /no summary/],
    ['command => ({ ...command, arguments: ["run"] })', /its arguments are no text/],
    ['command => ({ ...command, options: "none" })', /its options are no list/],
    ["command => ({ ...command, options: [{ flag: 'deep', description: '' }] })", /"deep".* is no option/],
    ["command => ({ ...command, options: [{ flag: '--deep' }] })", /"--deep".* is no option/],
    ['command => ({ ...command, examples: [1] })', /lists of texts/],
    ['command => ({ ...command, exitCodes: null })', /no exitCodes/],
    ['command => ({ ...command, run: null })', /no function run/],
    ["command => ({ ...command, name: 'status' })", /"status" is registered twice/],
  ])('is named when its command cannot be used: %s', async (change, sentence) => {
    const machine = await createMachine()
    const broken = PLUGIN.replace('{ useValue: list }', `{ useValue: (${change})(list) }`)
    fs.writeFileSync(path.join(machine.root, 'broken.mjs'), broken)
    const ended = await runCli(machine, ['checkpoints', '--plugin', './broken.mjs', '--json'])
    expect(documentOf(ended)).toMatchObject({ status: 'bad_plugin', error: expect.stringMatching(sentence) })
    expect(ended.exitCode).toBe(1)
  })

  it('has its records in show, log, status and gc', async () => {
    const machine = await machineWithPlugin()
    machine.write({ 'checkpoints/c1.json': { checkpoint_id: 'c1', run_id: 'a', step: 3 } })
    expect(documentOf(await runCli(machine, ['show', 'c1', '--json']))).toMatchObject({
      records: [{ kind: 'checkpoint' }],
    })
    expect(documentOf(await runCli(machine, ['log', '--json']))).toMatchObject({
      events: [{ kind: 'checkpoint', run_id: 'a', summary: 'step 3' }],
    })
    expect(documentOf(await runCli(machine, ['status', '--json']))).toMatchObject({ problems: [] })
    expect(documentOf(await runCli(machine, ['gc', '--dry-run', '--json']))).toMatchObject({
      removed: [{ kind: 'checkpoint', record_id: 'c1' }],
    })
  })
})
