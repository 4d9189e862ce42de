import fs from 'node:fs'
import path from 'node:path'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { openSession } from '../../src/index.js'
import { settleIndex } from '../../src/plugin.js'
import { cleanUp } from '../support/clean-up.js'
import { createMachine, type Machine } from '../support/machine.js'
import { reservation } from '../support/records.js'
import { runExecutable } from '../support/run-executable.js'
import { startHub } from '../support/start-hub.js'

/** What a process has loaded of the program, by `LOADED`. */
const LISTING = 'loaded.json'

async function run(machine: Machine, argv: readonly string[]) {
  const listing = path.join(machine.home, LISTING)
  const spy = path.join(machine.home, 'spy.cjs')
  const list = `require('fs').writeFileSync(${JSON.stringify(listing)}, JSON.stringify(Object.keys(require.cache)))`
  fs.writeFileSync(spy, `process.on('exit', () => ${list})`)
  const { stdout, stderr, exitCode } = await runExecutable(machine, argv, { env: { NODE_OPTIONS: `--require ${spy}` } })
  const loaded: string[] = JSON.parse(fs.readFileSync(listing, 'utf8'))
  const isWhole = loaded.some((file) => /\/cli\/program-/.test(file))
  return { said: { stdout: stdout.replace(/"duration_ms":[\d.]+/, ''), stderr, exitCode }, isWhole }
}

/** As the commands before have left it; the second one marks what the first has made as of here. */
async function settle({ root, env }: Machine): Promise<void> {
  for (const _ of ['first', 'second']) await settleIndex((await openSession({ directory: root, env })).workspace)
}

/** The same line, once with a flag that the first look knows nothing of. */
async function bothWays(machine: Machine, argv: readonly string[]) {
  await settle(machine)
  const first = await run(machine, argv)
  const long = await run(machine, [...argv, '--no-plugins'])
  expect(long.isWhole).toBe(true)
  // What is said of ages may differ by the second that lies between.
  const ages = (text: string) => text.replace(/as of \d+ s ago/, 'as of a moment ago')
  expect({ ...first.said, stdout: ages(first.said.stdout) }).toEqual({ ...long.said, stdout: ages(long.said.stdout) })
  return first
}

describe('check, by a look at the index alone', () => {
  let machine: Machine

  beforeEach(async () => {
    machine = await createMachine()
    machine.write(reservation('r1', { addresses: ['src/a.ts', 'lib/**'] }))
    fs.mkdirSync(path.join(machine.root, 'src'))
    for (const name of ['a.ts', 'b.ts']) fs.writeFileSync(path.join(machine.root, 'src', name), '')
  })

  it.each([
    ['what is free', ['check', 'src/b.ts']],
    ['several, as JSON', ['check', 'src/b.ts', 'docs/', '--run-id', 'agent-7', '--json']],
    ['what is misspelt', ['check', 'src/bb.ts']],
    ['what lies outside', ['check', '/etc/passwd', '--json']],
    ['a pattern and a symbol', ['check', 'docs/**', 'src/b.ts::f']],
  ])('tells of %s what the whole program tells', async (_what, argv) => {
    expect(await bothWays(machine, argv)).toMatchObject({ isWhole: false, said: { exitCode: 0 } })
  })

  it.each([
    ['what is held', ['check', 'src/a.ts'], 6],
    ['what a pattern of another one meets', ['check', 'lib/x/y.ts', '--json'], 6],
    ['what meets another one by a pattern', ['check', 'src/*'], 6],
    ['a run that can be none', ['check', 'src/b.ts', '--run-id', 'a b'], 1],
    ['an address that can be none', ['check', 'a.ts,b.ts'], 1],
    ['a flag that is none', ['check', 'src/b.ts', '--jso'], 1],
    ['no address', ['check'], 1],
  ])('leaves %s to it', async (_what, argv, exitCode) => {
    expect(await bothWays(machine, argv)).toMatchObject({ isWhole: true, said: { exitCode } })
  })

  it('leaves everything to it where the index does not know all', async () => {
    machine.write({ 'reservations/half.json': '{"reservation_id": "half",' })
    expect(await bothWays(machine, ['check', 'src/b.ts'])).toMatchObject({ isWhole: true })
    fs.rmSync(path.join(machine.coordination, 'reservations/half.json'))
    machine.write(reservation('r2', { addresses: ['src/b.ts'] }))
    expect(await run(machine, ['check', 'src/b.ts'])).toMatchObject({ isWhole: true, said: { exitCode: 6 } })
  })
})

describe('check with a hub, by a look at the index alone', () => {
  it('says how fresh the answer is, what was pulled, and that what was never pulled is not known', async () => {
    const hub = await startHub()
    cleanUp(() => hub.close())
    const signer = await hub.register('gabriel')
    const machine = await createMachine({ hub: hub.url, signer })
    const other = await createMachine({ hub: hub.url, signer })
    machine.write(reservation('r1', { addresses: ['src/a.ts'] }))
    const unknown = await bothWays(machine, ['check', 'b.ts'])
    expect(unknown).toMatchObject({
      isWhole: true,
      said: { exitCode: 1, stdout: expect.stringMatching(/Not known to be held.*`muse-coord sync pull --all`/s) },
    })
    other.write(reservation('r2', { addresses: ['docs/'], run_id: 'run-2' }))
    await other.push()
    await machine.pull()
    const free = await bothWays(machine, ['check', 'b.ts'])
    expect(free).toMatchObject({ isWhole: false, said: { stdout: expect.stringMatching(/Free: b.ts\n +as of/) } })
    expect(await bothWays(machine, ['check', 'docs/a.md'])).toMatchObject({ isWhole: true, said: { exitCode: 6 } })
  })
})

describe('check in a store that has only pulled, by a look at the index alone', () => {
  it('is answered from the second time on', async () => {
    const hub = await startHub()
    cleanUp(() => hub.close())
    const signer = await hub.register('gabriel')
    const machine = await createMachine({ hub: hub.url, signer })
    const other = await createMachine({ hub: hub.url, signer })
    other.write(reservation('r2', { addresses: ['docs/'], run_id: 'run-2' }))
    await other.push()
    await machine.pull()
    await run(machine, ['check', 'b.ts'])
    expect(await run(machine, ['check', 'b.ts'])).toMatchObject({ isWhole: false, said: { exitCode: 0 } })
    expect(await run(machine, ['check', 'docs/a.md'])).toMatchObject({ isWhole: true, said: { exitCode: 6 } })
  })
})
