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
    expect(documentOf(answer)).toMatchObject({ schema_version: '1', kinds: 8, runIds: ['a', 'b'], deep: true })
    expect((await runCli(machine, ['checkpoints', '--shallow'])).exitCode).toBe(1)
    // Behind -- nothing is ours: neither a plugin nor a directory.
    const behind = await runCli(machine, ['checkpoints', '--json', '--', '--plugin', 'nowhere', '-C', '/nowhere'])
    expect(documentOf(behind)).toMatchObject({ runIds: ['--plugin', 'nowhere', '-C', '/nowhere'] })
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

  it('has its payload shown in JSON as it was spelt, and a pulled one too', async () => {
    const machine = await machineWithPlugin()
    const payload = '{"checkpoint_id":"c1","run_id":"a","step":1e400,"count":12345678901234567890123,"price":1.50}'
    const pulled = payload.replace('c1', 'c2')
    machine.write({
      'checkpoints/c1.json': payload.replaceAll(',', ', '),
      'remote/checkpoint/c2.json': `{"id":7,"kind":"checkpoint","record_id":"c2","run_id":"a","payload":${pulled},"expires_at":null}`,
    })
    expect((await runCli(machine, ['show', 'c1', '--json'])).stdout).toContain(`"payload":${payload},`)
    expect((await runCli(machine, ['show', 'c2', '--json'])).stdout).toContain(`"payload":${pulled},`)
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

describe('what a plugin says in JSON', () => {
  // Names that this program would spell differently, wherever a plugin can put some.
  const ODD = `
    const odd = { stepNo: 1, envVars: { fooBar: [{ isOn: true }] }, at: new Date(0) }
    const until = Date.now() + 60_000
    const kind = {
      name: 'odd', directory: 'odds', idField: 'oddId', runIdField: 'runId', schema: {}, merge: 'once', expiresAt: () => null,
      *holds(records) {
        for (const { kind, recordId, runId } of records.entries('odd')) {
          yield { kind, recordId, what: recordId, runId, author: null, since: 0, until, token: null, isExclusive: true, details: odd }
        }
      },
    }
    const command = (name, run) => ({
      name, summary: '', description: '', options: [], examples: [], json: [], exitCodes: {}, run,
    })
    const holder = {
      kind: 'thing', variables: [],
      acquire: async () => ({
        name: 'the thing', environment: {}, renew: async () => 'kept', abandon() {},
        end: async () => ({ isLost: false, report: odd, text: 'done' }),
      }),
    }
    export default (container) => {
      const add = (token, value) => container.register(Symbol.for('muse-coord.' + token), { useValue: value })
      add('kind', kind)
      add('command', command('returned', async () => ({ result: odd })))
      add('command', command('emitted', async ({ output }) => (output.emit(odd, ''), {})))
      add('status-part', { read: async () => ({ fields: { oddPart: odd }, attention: [] }) })
      add('holder', holder)
    }
  `
  const AS_WRITTEN = { stepNo: 1, envVars: { fooBar: [{ isOn: true }] }, at: '1970-01-01T00:00:00.000Z' }

  it('is printed as it is spelt', async () => {
    const machine = await createMachine()
    fs.writeFileSync(path.join(machine.root, 'odd.mjs'), ODD)
    machine.write({ 'odds/o1.json': { oddId: 'o1', runId: 'a' } })
    const said = async (...argv: string[]) =>
      documentOf(await runCli(machine, [...argv.slice(0, 1), '--json', '--plugin', './odd.mjs', ...argv.slice(1)]))
    expect(await said('returned')).toEqual({ schema_version: '1', duration_ms: expect.any(Number), ...AS_WRITTEN })
    expect(await said('emitted')).toEqual({ schema_version: '1', duration_ms: expect.any(Number), ...AS_WRITTEN })
    expect(await said('status')).toMatchObject({
      oddPart: AS_WRITTEN,
      odds: [{ oddId: 'o1', run_id: 'a', ...AS_WRITTEN }],
    })
    expect(await said('run', '--hold', 'thing/t', '--run-id', 'a', '--', 'true')).toMatchObject({ holds: [AS_WRITTEN] })
  })
})

describe('a part of a plugin that is none, or fails', () => {
  /** What a plugin that registers this is told by a command of its own kind of thing. */
  async function told(token: string, part: string, ...argv: string[]) {
    const machine = await createMachine()
    const source = `const fail = () => { throw new Error('no luck') }
      export default (container) => container.register(Symbol.for('muse-coord.${token}'), { useValue: ${part} })`
    fs.writeFileSync(path.join(machine.root, 'part.mjs'), source)
    const ended = await runCli(machine, [...argv.slice(0, 1), '--json', '--plugin', './part.mjs', ...argv.slice(1)])
    return { exitCode: ended.exitCode, ...documentOf(ended) }
  }
  const RUN = ['run', '--run-id', 'a', '--hold', 'thing/t', '--', 'true']
  const holder = (held: string) => `{ kind: 'thing', variables: [], acquire: async () => (${held}) }`
  const hold = (change: string) =>
    holder(`{ name: 'it', environment: {}, renew: async () => 'kept', abandon() {}, end: async () => ({}), ${change} }`)

  it.each<[string, string, RegExp, ...string[]]>([
    ['holder', 'null', /registers null under Symbol\(muse-coord\.holder\)/, ...RUN],
    ['holder', "{ kind: 'thing' }", /its holder has no function acquire/, ...RUN],
    [
      'holder',
      '{ acquire: fail, kind: "thing", variables: [] }',
      /in acquire of its holder: no luck \(at .*part\.mjs/,
      ...RUN,
    ],
    ['holder', holder('{}'), /in acquire of its holder: it returned nothing that can be renewed/, ...RUN],
    ['holder', hold('end: fail'), /in end of its hold: no luck \(at .*part\.mjs/, ...RUN],
    ['status-part', "'x'", /its status part has no function read/, 'status'],
    ['doctor-check', '{}', /its doctor check has no function examine/, 'kinds'],
    ['keeper-duty', '{}', /its keeper duty has no function perform/, 'kinds'],
  ])('is told as the plugin’s: %s %s', async (token, part, sentence, ...argv) => {
    expect(await told(token, part, ...argv)).toMatchObject({
      exitCode: 1,
      status: 'bad_plugin',
      error: expect.stringMatching(sentence),
    })
  })

  it.each(['{ read: async () => null }', '{ read: fail }'])('costs status nothing else: %s', async (part) => {
    expect(await told('status-part', part, 'status')).toMatchObject({
      exitCode: 0,
      attention: [
        { what: 'plugin_failed', message: expect.stringMatching(/part\.mjs failed: in read of its status part/) },
      ],
    })
  })
})
