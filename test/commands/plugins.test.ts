import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { createMachine, type Machine } from '../support/machine.js'
import { reservation } from '../support/records.js'
import { documentOf, runCli } from '../support/run-cli.js'
import { runExecutable } from '../support/run-executable.js'
import { createSwarm } from '../support/swarm.js'
import { trustPlugins } from '../support/trust-plugins.js'

const PROJECT = path.resolve(import.meta.dirname, '../..')
const FIXTURES = path.join(PROJECT, 'test/fixtures')

/** Puts a package where `npm install` would: a copy, its own dependencies inside, and the program beside it. */
function install({ root }: Machine, name: string, place = `node_modules/${name}`): void {
  const directory = path.join(root, place)
  fs.cpSync(path.join(FIXTURES, name), directory, { recursive: true })
  const { dependencies = {} } = JSON.parse(fs.readFileSync(path.join(directory, 'package.json'), 'utf8'))
  if (dependencies.tsyringe) {
    // With what lies inside of it: which copy of tslib is tsyringe's own is npm's to decide.
    for (const dependency of ['tsyringe', 'reflect-metadata', 'tslib']) {
      const installed = path.join(PROJECT, 'node_modules', dependency)
      if (!fs.existsSync(installed)) continue
      const copy = path.join(directory, 'node_modules', dependency)
      fs.cpSync(installed, copy, { recursive: true, dereference: true })
    }
  }
  fs.mkdirSync(path.join(root, 'node_modules'), { recursive: true })
  const program = path.join(root, 'node_modules/muse-coord')
  if (!fs.existsSync(program)) fs.symlinkSync(PROJECT, program)
}

/** Names plugins in the settings of a repository, and trusts them. */
async function configure(machine: Machine, ...plugins: string[]): Promise<void> {
  fs.appendFileSync(path.join(machine.root, '.muse/config.toml'), `plugins = ${JSON.stringify(plugins)}\n`)
  await trustPlugins(machine)
}

async function run(machine: Machine, ...argv: string[]) {
  const ended = await runExecutable(machine, [...argv, '--json'])
  return { exitCode: ended.exitCode, stderr: ended.stderr, document: documentOf(ended) }
}

/** In this process, for plugins that leave it alone. */
async function runHere(machine: Machine, ...argv: string[]) {
  const ended = await runCli(machine, [...argv, '--json'])
  return { exitCode: ended.exitCode, stderr: ended.stderr, document: documentOf(ended) }
}

describe('a kind of somebody else’s', () => {
  it('goes through push, hub and pull, installed by name on one machine and named by path on the other', async () => {
    const swarm = await createSwarm()
    const [writer, reader] = [await swarm.machine(), await swarm.machine()]
    install(writer, 'muse-kind-checkpoint')
    await configure(writer, 'muse-kind-checkpoint')
    install(reader, 'muse-kind-checkpoint', 'tools/checkpoint')
    await configure(reader, './tools/checkpoint')
    const checkpoint = { checkpoint_id: 'c1', run_id: 'run-1', step: 1 }
    writer.write({ 'checkpoints/c1.json': checkpoint, ...reservation('r1') })
    expect(await run(writer, 'sync', 'push')).toMatchObject({ exitCode: 0, document: { inserted: 2, total: 2 } })
    writer.write({ 'checkpoints/c1.json': { ...checkpoint, step: 2 } })
    // The hub had never heard of the kind and keeps to the rule that came with it: the latest replaces the one before.
    expect(await run(writer, 'sync', 'push')).toMatchObject({ exitCode: 0, document: { updated: 1, skipped: 1 } })
    expect(await run(reader, 'sync', 'pull', '--kinds', 'checkpoint')).toMatchObject({
      exitCode: 0,
      document: { count: 1, written: 1, rejected: [] },
    })
    expect(reader.record('checkpoint/c1')).toMatchObject({ run_id: 'run-1', payload: { ...checkpoint, step: 2 } })
  })

  it('works with a copy of tsyringe of its own, named on the command line', async () => {
    const swarm = await createSwarm()
    const [writer, reader] = [await swarm.machine(), await swarm.machine()]
    for (const machine of [writer, reader]) install(machine, 'muse-kind-own-tsyringe')
    const plugin = ['--plugin', 'muse-kind-own-tsyringe']
    writer.write({ 'reviews/v1.json': { review_id: 'v1', reviewer_run_id: 'run-7', until: '2099-01-01T00:00:00Z' } })
    expect(await run(writer, 'sync', 'push', ...plugin)).toMatchObject({ exitCode: 0, document: { inserted: 1 } })
    expect(await run(reader, 'sync', 'pull', ...plugin)).toMatchObject({ exitCode: 0, document: { written: 1 } })
    expect(reader.record('review/v1')).toMatchObject({ run_id: 'run-7', expires_at: '2099-01-01T00:00:00Z' })
  })

  it('is listed behind the built-in ones, with where it came from', async () => {
    const machine = await createMachine()
    install(machine, 'muse-kind-checkpoint')
    install(machine, 'muse-kind-own-tsyringe', 'tools/review')
    await configure(machine, 'muse-kind-checkpoint')
    const { exitCode, stderr, document } = await run(machine, 'kinds', '--plugin', './tools/review/index.js')
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    const kinds = document.kinds as { name: string; origin: string }[]
    expect(kinds.map(({ name, origin }) => [name, origin])).toEqual([
      ...['reservation', 'heartbeat', 'intent', 'release', 'dependency', 'task', 'claim'].map((name) => [
        name,
        'built in',
      ]),
      ['checkpoint', 'muse-kind-checkpoint'],
      ['review', './tools/review/index.js'],
    ])
    expect(kinds.at(-1)).toMatchObject({
      directory: 'reviews',
      id_field: 'review_id',
      run_id_field: 'reviewer_run_id',
      merge: 'once',
    })
  })
})

/** A plugin whose one command, `own`, does this. */
const VERB = (body: string) => `export default (container) => {
  container.register(Symbol.for('muse-coord.command'), { useValue: { name: 'own', summary: '', description: '', options: [],
    examples: [], json: [], exitCodes: {}, async run() { ${body} } } })
}`

/** Never ends, and leaves the processor to others: a loop that does not would take it for the 5 s that it is given. */
const LOOP = 'for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)'

describe('a plugin as a plain object', () => {
  /** Says what it was told when it was set up. */
  const PLUGIN = `export default { api: '^1', name: 'locks',
    options: { type: 'object', properties: { ttl: { type: 'integer' } }, additionalProperties: false },
    async setup(container, options) {
      container.register(Symbol.for('muse-coord.command'), { useValue: { name: 'own', summary: '', description: '', options: [],
        examples: [], json: [], exitCodes: {}, async run() { return { result: { told: options } } } } })
    } }`

  it('is told what its section of the settings says, once that has passed its schema', async () => {
    const machine = await createMachine()
    fs.writeFileSync(path.join(machine.root, 'plugin.mjs'), PLUGIN)
    await configure(machine, './plugin.mjs')
    expect((await runHere(machine, 'own')).document).toMatchObject({ told: {} })
    const config = path.join(machine.root, '.muse/config.toml')
    const settings = fs.readFileSync(config, 'utf8')
    fs.writeFileSync(config, `${settings}\n[plugins.locks]\nttl = 30\n`)
    await trustPlugins(machine)
    expect((await runHere(machine, 'own')).document).toMatchObject({ told: { ttl: 30 } })
    fs.writeFileSync(config, `${settings.replace(/^plugins.*$/m, '')}\n[plugins.locks]\nttl = 30\n`)
    expect((await runHere(machine, 'own', '--plugin', './plugin.mjs')).document).toMatchObject({ told: { ttl: 30 } })
  })

  it.each([
    ['[plugins.locks]\nttl = "soon"', 'ttl must be integer, got "soon"'],
    ['[plugins.locks]\ntll = 30', 'the document must NOT have additional properties'],
    ['[plugins]\nlocks = 30', 'is no section'],
  ])('refuses what its schema does: %s', async (section, problem) => {
    const machine = await createMachine()
    fs.writeFileSync(path.join(machine.root, 'plugin.mjs'), PLUGIN)
    fs.appendFileSync(path.join(machine.root, '.muse/config.toml'), `\n${section}\n`)
    expect(await runHere(machine, 'own', '--plugin', './plugin.mjs')).toMatchObject({
      exitCode: 1,
      document: {
        status: 'bad_plugin',
        error: `The settings for the plugin ./plugin.mjs, [plugins.locks], are refused by it: ${problem}.`,
        hint: 'Correct that section of .muse/config.toml.',
      },
    })
  })

  it('works as a linked package, far from any muse-coord, and takes kinds that defineKind has made', async () => {
    const [machine, elsewhere] = [await createMachine(), await createMachine()]
    const made = `(container) => container.register(Symbol.for('muse-coord.kind'), { useValue: { name: 'own', directory: 'own',
      idField: 'id', runIdField: 'run_id', schema: {}, merge: 'once', expiresAt: () => null } })`
    fs.writeFileSync(path.join(elsewhere.root, 'index.js'), `export default { api: '^1', kinds: [${made}] }`)
    const manifest = { name: 'muse-kind-own', type: 'module', exports: './index.js' }
    fs.writeFileSync(path.join(elsewhere.root, 'package.json'), JSON.stringify(manifest))
    fs.mkdirSync(path.join(machine.root, 'node_modules'))
    fs.symlinkSync(elsewhere.root, path.join(machine.root, 'node_modules/muse-kind-own'))
    const { exitCode, document } = await runHere(machine, 'kinds', '--plugin', 'muse-kind-own')
    expect(exitCode).toBe(0)
    expect(document.kinds).toContainEqual(expect.objectContaining({ name: 'own', origin: 'muse-kind-own' }))
  })

  it.each([
    ['exports.default, by hand', 'exports.default = PLUGIN'],
    ['exports.default, as compilers write it', 'exports.__esModule = true; exports.default = PLUGIN'],
    ['module.exports', 'module.exports = PLUGIN'],
  ])('may be CommonJS: %s', async (_how, code) => {
    const machine = await createMachine()
    const fields = `name: 'memo', directory: 'memos', idField: 'memo_id', runIdField: 'run_id', merge: 'latest'`
    const plugin = `{ api: '^1', kinds: [{ ${fields}, schema: { type: 'object' }, expiresAt: () => null }] }`
    fs.writeFileSync(path.join(machine.root, 'memo.cjs'), `${code.replace('PLUGIN', plugin)}\n`)
    const { document } = await runHere(machine, 'kinds', '--plugin', './memo.cjs')
    expect(document.kinds).toContainEqual(expect.objectContaining({ name: 'memo', origin: './memo.cjs' }))
  })

  it('may be TypeScript where Node takes the types away, and is told what to do elsewhere', async () => {
    const machine = await createMachine()
    const source = 'const api: string = "^1"\nexport default { api }'
    fs.writeFileSync(path.join(machine.root, 'plugin.mts'), source)
    const { exitCode, document } = await run(machine, 'kinds', '--plugin', './plugin.mts')
    // Node says so from 22.10 on.
    if ((process.features as { typescript?: unknown }).typescript) return expect(exitCode).toBe(0)
    expect({ exitCode, ...document }).toMatchObject({
      exitCode: 1,
      error: expect.stringContaining('plugin ./plugin.mts is TypeScript, which this Node does not run'),
      hint: expect.stringMatching(/Node 22\.18 or later.*npx tsc/),
    })
  })
})

describe('where a plugin is named', () => {
  const MEMO = `export default { api: '^1', kinds: [{ name: 'memo', directory: 'memos', idField: 'memo_id', runIdField: 'run_id',
    merge: 'latest', schema: {}, expiresAt: () => null }] }`

  it.each([
    ['the same path', '.', './tools/memo.mjs'],
    ['a path from another directory', 'tools', './memo.mjs'],
  ])('is one place or two: the settings and the command line name one plugin by %s', async (_how, from, specifier) => {
    const machine = await createMachine()
    const directory = path.join(machine.root, 'tools')
    fs.mkdirSync(directory)
    fs.writeFileSync(path.join(directory, 'memo.mjs'), MEMO)
    await configure(machine, './tools/memo.mjs')
    const argv = ['kinds', '--plugin', specifier, '--plugin', specifier, '--json']
    const ended = await runCli(machine, argv, { directory: path.join(machine.root, from) })
    expect(ended.exitCode).toBe(0)
    const kinds = documentOf(ended).kinds as { name: string; origin: string }[]
    expect(kinds.at(-1)).toMatchObject({ name: 'memo', origin: './tools/memo.mjs' })
  })

  it('is told how a path is written, where a file of that name lies there', async () => {
    const machine = await createMachine()
    fs.mkdirSync(path.join(machine.root, 'tools'))
    fs.writeFileSync(path.join(machine.root, 'tools/memo.mjs'), MEMO)
    const { document } = await runHere(machine, 'kinds', '--plugin', 'tools/memo.mjs')
    expect(document).toMatchObject({ status: 'bad_plugin', hint: expect.stringContaining('`./tools/memo.mjs`') })
    const { document: other } = await runHere(machine, 'kinds', '--plugin', 'tools/none.mjs')
    expect(other).toMatchObject({ status: 'bad_plugin', hint: expect.stringContaining('`npm install`') })
  })
})

describe('a broken plugin', () => {
  const REGISTER = "container.register(Symbol.for('muse-coord.kind'), { useValue: kind })"
  const kind = (change: string) =>
    `const kind = { name: 'own', directory: 'own', idField: 'id', runIdField: 'run_id', schema: {}, merge: 'once',
      expiresAt: () => null, ${change} }
    export default (container) => { ${REGISTER} }`

  it.each<[string, string, RegExp, RegExp]>([
    [
      'that throws when it is imported',
      "throw new Error('no luck today')",
      /\.\/plugin\.mjs failed: no luck today/,
      /take it out/,
    ],
    [
      'that throws when it is called',
      "export default () => { throw new Error('no luck') }",
      /failed: no luck/,
      /take it out/,
    ],
    ['that throws no error', "export default () => { throw 'just words' }", /failed: just words/, /take it out/],
    ['that fails later', 'export default async (container) => { throw 1 }', /failed: 1$/, /take it out/],
    [
      'that asks for the registry',
      "export default (container) => container.resolve(Symbol.for('muse-coord.kind-registry'))",
      /still register/,
      /take it out/,
    ],
    [
      'that never gets ready',
      'await new Promise(() => {})\nexport default () => {}',
      /was not set up within 5 s/,
      /--no-plugins/,
    ],
    [
      'that cannot be parsed',
      'export default\n (',
      /failed: Unexpected end of input \(at .*plugin\.mjs:2\)/,
      /take it out/,
    ],
    [
      'without a default export',
      'export const kind = 1',
      /no default export that is a plugin \(found: kind\)/,
      /export default/,
    ],
    ['for another API', "export default { api: '^2' }", /for the API \^2, and this program has \^1/, /Update/],
    ['without any export', '', /no default export that is a plugin \(found: no exports\)/, /export default/],
    ['whose default export is no function', 'export default { kind: 1 }', /no default export/, /export default/],
    [
      'of a name that is taken',
      kind("name: 'task'"),
      /name "task" is registered twice: by built in and by \.\/plugin\.mjs/,
      /rename/,
    ],
    ['of a directory that is taken', kind("directory: 'tasks'"), /directory "tasks" is registered twice/, /rename/],
    [
      'of a kind that is none',
      kind('merge: 7'),
      /\.\/plugin\.mjs registers a kind that cannot be used: .*merge rule 7/,
      /plugins\/README/,
    ],
    ['of a kind that leads elsewhere', kind("directory: '../x'"), /directory "\.\.\/x"/, /plugins\/README/],
    [
      'whose factory throws',
      "export default (container) => { container.register(Symbol.for('muse-coord.kind'), { useFactory() { throw new Error('empty') } }) }",
      /\.\/plugin\.mjs failed: .*empty/,
      /take it out/,
    ],
  ])('%s gets a sentence and a cure', async (_, source, error, hint) => {
    const machine = await createMachine()
    fs.writeFileSync(path.join(machine.root, 'plugin.mjs'), source)
    await configure(machine, './plugin.mjs')
    expect(await runHere(machine, 'kinds')).toEqual({
      exitCode: 1,
      stderr: '',
      document: { error: expect.stringMatching(error), status: 'bad_plugin', hint: expect.stringMatching(hint) },
    })
  })

  it.each([
    ['muse-kind-nowhere'],
    ['./nowhere.mjs'],
    ['/nowhere/at/all'],
    ['file:///nowhere.mjs'],
    ['file://elsewhere/plugin.mjs'],
    ['..'],
    ['@scope/nowhere/sub'],
  ])('that is missing gets a sentence that says where it was looked for: %s', async (name) => {
    const machine = await createMachine()
    expect(await runHere(machine, 'kinds', '--plugin', name)).toEqual({
      exitCode: 1,
      stderr: '',
      document: {
        error: `The plugin ${name} cannot be found from ${machine.root}.`,
        status: 'bad_plugin',
        hint: expect.stringContaining('npm install'),
      },
    })
  })

  it('that imports what is not installed there is told to install it', async () => {
    const machine = await createMachine()
    const source = "import { defineKind } from 'muse-coord/plugin'\nexport default defineKind({})"
    fs.writeFileSync(path.join(machine.root, 'plugin.mjs'), source)
    const ended = await runCli(machine, ['kinds', '--plugin', './plugin.mjs', '--json'])
    expect(ended.exitCode).toBe(1)
    expect(documentOf(ended)).toEqual({
      error: 'The plugin ./plugin.mjs imports muse-coord, which is not installed where it looks.',
      status: 'bad_plugin',
      hint: expect.stringContaining('npm install'),
    })
  })

  it('does not stand in the way of what needs no kinds', async () => {
    const machine = await createMachine({ hub: 'http://127.0.0.1:1337' })
    await configure(machine, './nowhere.mjs')
    expect(await runHere(machine, 'auth', 'whoami')).toMatchObject({ exitCode: 0 })
  })

  it('whose schema does not compile costs its own records and nobody else’s', async () => {
    const swarm = await createSwarm()
    const machine = await swarm.machine()
    fs.writeFileSync(path.join(machine.root, 'plugin.mjs'), kind("schema: { type: 'nonsense' }"))
    await configure(machine, './plugin.mjs')
    machine.write({ 'own/o1.json': { id: 'o1' }, ...reservation('r1') })
    const { exitCode, document } = await runHere(machine, 'sync', 'push')
    expect({ exitCode, ...document }).toMatchObject({
      exitCode: 1,
      inserted: 1,
      failed: true,
      errors: [expect.stringMatching(/"own".*schema does not compile/)],
      ignored: [{ path: expect.stringMatching(/o1\.json$/) }],
    })
  })

  it('whose expiry rule fails loses no record but its own', async () => {
    const swarm = await createSwarm()
    const machine = await swarm.machine()
    fs.writeFileSync(path.join(machine.root, 'plugin.mjs'), kind("expiresAt: () => { throw new Error('no idea') }"))
    await configure(machine, './plugin.mjs')
    machine.write({ 'own/o1.json': { id: 'o1' }, ...reservation('r1') })
    const { exitCode, document } = await runHere(machine, 'sync', 'push')
    expect({ exitCode, ...document }).toMatchObject({
      exitCode: 1,
      inserted: 1,
      ignored: [
        {
          reason: expect.stringMatching(
            /^The plugin \.\/plugin\.mjs failed in expiresAt of the kind "own": no idea \(at .*plugin\.mjs:\d+/,
          ),
        },
      ],
    })
  })

  it('that waits for what never comes makes no command end well', async () => {
    const machine = await createMachine()
    fs.writeFileSync(path.join(machine.root, 'plugin.mjs'), VERB('await new Promise(() => {})'))
    const ended = await runExecutable(machine, ['own', '--plugin', './plugin.mjs', '--json'])
    expect(ended.exitCode).toBe(3)
    expect(documentOf(ended)).toMatchObject({ status: 'plugin_fault', error: expect.stringContaining('./plugin.mjs') })
  })

  it('that ends the process costs itself, and what needs no plugin goes on', async () => {
    const machine = await createMachine()
    fs.writeFileSync(path.join(machine.root, 'plugin.mjs'), 'process.exit(0)\n')
    fs.writeFileSync(path.join(machine.root, 'verb.mjs'), VERB('process.exit(4)'))
    await configure(machine, './plugin.mjs', './verb.mjs')
    const fault = expect.stringMatching(/plugin\.mjs failed: it calls process\.exit\(0\).*\(at .*plugin\.mjs:1/)
    expect(await run(machine, 'check', 'src/a.ts')).toMatchObject({
      exitCode: 0,
      document: { plugin_faults: [{ error: fault }] },
    })
    expect(await run(machine, 'own')).toMatchObject({
      exitCode: 1,
      document: {
        status: 'bad_plugin',
        error: expect.stringMatching(/verb\.mjs failed: in "own": it calls process\.exit\(4\)/),
      },
    })
  })

  it('that throws by itself, in a timer or a promise that it leaves alone, is named, and the command goes on', async () => {
    const machine = await createMachine()
    const source = `setTimeout(() => { throw new Error('late') })
Promise.reject(new Error('alone'))
await new Promise((resolve) => setTimeout(resolve, 20))
export default () => {}\n`
    fs.writeFileSync(path.join(machine.root, 'plugin.mjs'), source)
    const { exitCode, stderr } = await run(machine, 'check', 'src/a.ts', '--plugin', './plugin.mjs')
    expect(exitCode).toBe(0)
    expect(stderr).toMatch(/plugin \.\/plugin\.mjs failed by itself: late \(at .*plugin\.mjs:1/)
    expect(stderr).toMatch(/failed by itself: alone \(at .*plugin\.mjs:2/)
  })

  it('that prints spoils neither the document nor the help', async () => {
    const machine = await createMachine()
    const talking = "console.log('loaded'); process.stdout.write('so it is\\n')"
    fs.writeFileSync(
      path.join(machine.root, 'plugin.mjs'),
      `${talking}\n${VERB(`${talking}; return { text: 'done' }`)}`,
    )
    const plugin = ['--plugin', './plugin.mjs']
    expect(await run(machine, 'own', ...plugin)).toMatchObject({ exitCode: 0, stderr: 'loaded\nso it is\n'.repeat(2) })
    expect((await runExecutable(machine, ['own', ...plugin])).stdout).toBe('done\n')
    expect((await runExecutable(machine, ['own', '--help', ...plugin])).stdout).toMatch(/^.*\n\nUsage/)
  })

  it('that is in an endless loop ends the process with 3, and is named', async () => {
    const loops = {
      'while it is imported': LOOP,
      'in a kind': kind(`holds: function held() { ${LOOP} }`),
      'in a pattern': kind("holds: () => /^(a+)+$/.test('a'.repeat(50) + 'b')"),
      'in a command, after it has waited': VERB(`await 0; await new Promise(setImmediate); ${LOOP}`),
    }
    const ended = Object.entries(loops).map(async ([where, source]) => {
      const machine = await createMachine()
      fs.writeFileSync(path.join(machine.root, 'plugin.mjs'), source)
      const command = where.startsWith('in a command') ? ['own'] : ['check', 'src/a.ts']
      const { exitCode, stderr, document } = await run(machine, ...command, '--plugin', './plugin.mjs')
      return { where, exitCode, stderr, ...document }
    })
    const stuck = (where: RegExp) => ({
      exitCode: 3,
      stderr: '',
      status: 'plugin_fault',
      error: expect.stringMatching(where),
    })
    expect(await Promise.all(ended)).toMatchObject([
      stuck(/plugin\.mjs has not come back for 5 s from .*\(at .*plugin\.mjs:1/),
      stuck(/from holds of the kind "own" \(at .*held .*plugin\.mjs:\d+/),
      stuck(/from holds of the kind "own" \(at .*plugin\.mjs:\d+/),
      stuck(/from what it does \(at .*plugin\.mjs:\d+/),
    ])
  }, 60_000)

  it('that is in an endless loop keeps no agent from editing', async () => {
    const machine = await createMachine()
    fs.writeFileSync(path.join(machine.root, 'plugin.mjs'), LOOP)
    await configure(machine, './plugin.mjs')
    expect(await runExecutable(machine, ['hook', 'claude', 'PreToolUse'])).toMatchObject({
      exitCode: 0,
      stdout: '',
      stderr: expect.stringContaining('The plugin ./plugin.mjs has not come back'),
    })
  })

  it('that leaves a timer running keeps no command from ending', async () => {
    const machine = await createMachine()
    fs.writeFileSync(path.join(machine.root, 'plugin.mjs'), 'setInterval(() => {}, 1000)\nexport default () => {}\n')
    expect(await run(machine, 'kinds', '--plugin', './plugin.mjs')).toMatchObject({ exitCode: 0, stderr: '' })
  })
})
