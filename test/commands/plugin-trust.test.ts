import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { createMachine, type Machine } from '../support/machine.js'
import { documentOf, runCli } from '../support/run-cli.js'
import { trustPlugins } from '../support/trust-plugins.js'

/** A repository as a clone brings it: its settings name a plugin, which leaves a mark where it runs. */
async function clone(source = ''): Promise<{ machine: Machine; hasRun: () => boolean }> {
  const machine = await createMachine()
  const mark = path.join(machine.root, 'mark')
  const marking = `import fs from 'node:fs'\nfs.appendFileSync(${JSON.stringify(mark)}, 'x')\n`
  fs.writeFileSync(
    path.join(machine.root, 'plugin.mjs'),
    `${marking}import './part.mjs'\n${source}\nexport default () => {}\n`,
  )
  fs.writeFileSync(path.join(machine.root, 'part.mjs'), '')
  fs.appendFileSync(path.join(machine.root, '.muse/config.toml'), 'plugins = ["./plugin.mjs"]\n')
  return { machine, hasRun: () => fs.existsSync(mark) }
}

describe('plugins that came with a clone', () => {
  it('do not run before the user has said so: not for a verb, help or TAB', async () => {
    const { machine, hasRun } = await clone()
    for (const argv of [['check', 'a.ts'], ['--help'], ['unheard-of'], ['trust', '--show']]) {
      await runCli(machine, argv)
    }
    expect((await runCli(machine, ['status', '--help'])).stdout).toContain('muse-coord status')
    expect((await runCli(machine, ['completion', 'complete', '--', 'sta'])).stdout).toContain('status\t')
    expect(hasRun()).toBe(false)
  })

  it('are told as left out, and everything else goes on', async () => {
    const { machine } = await clone()
    const ended = await runCli(machine, ['check', 'a.ts'])
    expect(ended).toMatchObject({
      exitCode: 0,
      stderr: expect.stringMatching(/left out: \.\/plugin\.mjs\. .*muse-coord trust/),
    })
    const document = documentOf(await runCli(machine, ['check', 'a.ts', '--json']))
    expect(document).toMatchObject({ plugin_faults: [{ error: expect.stringContaining('./plugin.mjs') }] })
  })

  it('stop no list of kinds, no help and no TAB, and of a mistyped verb it is said that there is none', async () => {
    const { machine } = await clone()
    const warning = expect.stringMatching(/^⚠️ {2}The settings name plugins that are not trusted here.*muse-coord trust/)
    const said = { exitCode: 0, stderr: warning }
    expect(await runCli(machine, ['kinds'])).toMatchObject({ ...said, stdout: expect.stringContaining('reservation') })
    const listed = documentOf(await runCli(machine, ['kinds', '--json']))
    expect(listed).toMatchObject({ kinds: expect.any(Array), plugin_faults: [{ error: expect.any(String) }] })
    for (const argv of [[], ['--help'], ['help'], ['hub'], ['space', '--help']])
      expect(await runCli(machine, argv)).toMatchObject({ ...said, stdout: expect.stringContaining('muse-coord') })
    for (const argv of [['statsu'], ['hub', 'serv'], ['help', 'statsu']]) {
      const { exitCode, stdout, stderr } = await runCli(machine, argv)
      expect([exitCode, stdout]).toEqual([1, ''])
      expect(stderr).toMatch(/^❌ There is no command .*; did you mean "[\s\S]*help` for the list\. .*muse-coord trust/)
    }
    const mistyped = documentOf(await runCli(machine, ['unheard-of', '--json']))
    expect(mistyped).toMatchObject({ status: 'bad_args', hint: expect.stringContaining('not trusted here') })
  })

  it('run once they are trusted, until one of their files changes', async () => {
    const { machine, hasRun } = await clone()
    expect(documentOf(await runCli(machine, ['trust', '--json']))).toMatchObject({ is_trusted: true })
    expect((await runCli(machine, ['check', 'a.ts'])).stderr).toBe('')
    expect(hasRun()).toBe(true)
    fs.writeFileSync(path.join(machine.root, 'part.mjs'), 'export const changed = true')
    expect((await runCli(machine, ['check', 'a.ts'])).stderr).toContain('not trusted')
    await trustPlugins(machine)
    expect((await runCli(machine, ['check', 'a.ts'])).stderr).toBe('')
    await runCli(machine, ['trust', '--remove'])
    expect((await runCli(machine, ['check', 'a.ts'])).stderr).toContain('not trusted')
  })

  it.each([
    ['holds blanks without an end', (file: string) => fs.writeFileSync(file, `import${' '.repeat(500_000)}x`)],
    [
      'names files without an end',
      (file: string) =>
        fs.writeFileSync(file, Array.from({ length: 100_000 }, (_, at) => `import './${at}'\n`).join('')),
    ],
    ['is a link to a device', (file: string) => fs.symlinkSync('/dev/zero', file)],
    ['is huge', (file: string) => fs.truncateSync(file, 20 * 2 ** 30)],
  ])('keep no command busy that they are left out of: one that %s', async (_, spoil) => {
    const { machine, hasRun } = await clone()
    const file = path.join(machine.root, 'plugin.mjs')
    if (spoil.toString().includes('symlink')) fs.rmSync(file)
    spoil(file)
    const startedAt = performance.now()
    expect((await runCli(machine, ['check', 'a.ts'])).stderr).toContain('not trusted')
    expect(performance.now() - startedAt).toBeLessThan(3000)
    expect(hasRun()).toBe(false)
  })

  it('keep no command busy by what describes them as a package', async () => {
    const { machine } = await clone()
    const settings = path.join(machine.root, '.muse/config.toml')
    fs.writeFileSync(settings, fs.readFileSync(settings, 'utf8').replace('./plugin.mjs', 'evil", "./evil'))
    for (const name of ['package.json', 'node_modules/evil/package.json', 'evil/package.json']) {
      const file = path.join(machine.root, name)
      fs.mkdirSync(path.dirname(file), { recursive: true })
      fs.symlinkSync('/dev/zero', file)
      expect((await runCli(machine, ['check', 'a.ts'])).stderr).toContain('evil')
    }
  })

  it('may be a plain object that imports nothing', async () => {
    const { machine } = await clone()
    const kind =
      "{ name: 'own', directory: 'own', idField: 'id', runIdField: 'run_id', schema: {}, merge: 'once', expiresAt: () => null }"
    fs.writeFileSync(path.join(machine.home, 'plain.mjs'), `export default { api: '^1', kinds: [${kind}] }`)
    expect((await runCli(machine, ['kinds', '--plugin', './plain.mjs', '-C', machine.home])).stdout).toMatch(
      /own .*plain/,
    )
  })

  it('run where the command line names them', async () => {
    const { machine, hasRun } = await clone()
    expect((await runCli(machine, ['kinds', '--plugin', './plugin.mjs', '--json'])).exitCode).toBe(0)
    expect(hasRun()).toBe(true)
  })
})

describe('a trusted plugin that fails', () => {
  it('costs what needs it and nothing else', async () => {
    const { machine } = await clone("throw new Error('no luck')")
    await trustPlugins(machine)
    const checked = await runCli(machine, ['check', 'a.ts'])
    expect(checked).toMatchObject({ exitCode: 0, stderr: expect.stringMatching(/\.\/plugin\.mjs failed: no luck \(/) })
    for (const needing of [['kinds'], ['unheard-of'], ['show', 'x', '--kinds', 'unheard-of']]) {
      expect((await runCli(machine, needing)).exitCode).not.toBe(0)
    }
    expect((await runCli(machine, ['unheard-of'])).stderr).toContain('no luck')
    expect(await runCli(machine, ['check', 'a.ts', '--no-plugins'])).toMatchObject({ exitCode: 0, stderr: '' })
  })

  it.each([
    ['throws', "throw new TypeError('odd')", /plugin \.\/verb\.mjs failed: in "own": odd \(at /],
    ['returns nothing', '', /in "own": it returned no object/],
    ['returns what JSON refuses', 'return { result: { big: 1n } }', /in "own": .*BigInt/],
  ])('is named with its command, which %s', async (_, body, sentence) => {
    const machine = await createMachine()
    const command = `{ name: 'own', summary: '', description: '', options: [], examples: [], json: [], exitCodes: {}, async run() { ${body} } }`
    const source = `export default (container) => { container.register(Symbol.for('muse-coord.command'), { useValue: ${command} }) }`
    fs.writeFileSync(path.join(machine.root, 'verb.mjs'), source)
    const ended = await runCli(machine, ['own', '--plugin', './verb.mjs', '--json'])
    expect(ended.exitCode).toBe(1)
    expect(documentOf(ended)).toMatchObject({ status: 'bad_plugin', error: expect.stringMatching(sentence) })
  })
})
