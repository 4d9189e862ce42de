import fs from 'node:fs'
import path from 'node:path'
import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { findRepo } from '../../src/workspace/repo.js'
import { createMachine, type Machine } from '../support/machine.js'
import { documentOf, runCli } from '../support/run-cli.js'
import { codeOf } from './temporary-repo.js'

afterEach(() => {
  jest.restoreAllMocks()
})

const STRANGER = 65_534

/** Root may give directories away; anybody else becomes another user for the moment. */
function giveAway(directory: string): number {
  if (process.geteuid?.() === 0) {
    fs.chownSync(directory, STRANGER, STRANGER)
    return STRANGER
  }
  jest.spyOn(process, 'geteuid').mockReturnValue(STRANGER)
  return fs.statSync(directory).uid
}

function storeOf({ root }: Machine): string {
  return path.join(root, '.muse')
}

const unixOnly = process.platform === 'win32' ? it.skip : it

describe('a store that belongs to another user', () => {
  unixOnly('is refused by every verb with the command that trusts it, and works once it is trusted', async () => {
    const machine = await createMachine()
    const uid = giveAway(storeOf(machine))
    for (const verb of [['status'], ['check', 'a.ts'], ['reserve', 'a.ts', '--run-id', 'r1'], ['init']]) {
      const { exitCode, stderr } = await runCli(machine, verb)
      expect([verb, exitCode, stderr]).toEqual([verb, 1, expect.stringMatching(/belongs to the user \d+/)])
      expect(stderr).toContain('muse-coord trust')
    }
    expect(documentOf(await runCli(machine, ['status', '--json']))).toMatchObject({ status: 'untrusted' })

    const shown = documentOf(await runCli(machine, ['trust', '--show', '--json']))
    expect(shown).toMatchObject({ root: machine.root, ownership: `belongs to the user ${uid}`, is_trusted: false })
    expect(await runCli(machine, ['trust'])).toMatchObject({ exitCode: 0 })
    expect(await runCli(machine, ['status'])).toMatchObject({ exitCode: 0 })

    expect(await runCli(machine, ['trust', '--remove'])).toMatchObject({ exitCode: 0 })
    expect(await runCli(machine, ['status'])).toMatchObject({ exitCode: 1 })
  })

  unixOnly('has to be trusted anew when something else is wrong with it', async () => {
    const machine = await createMachine()
    giveAway(storeOf(machine))
    await runCli(machine, ['trust'])
    fs.chmodSync(storeOf(machine), 0o777)
    const { exitCode, stderr } = await runCli(machine, ['status'])
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('and can be written by everybody')])
  })

  unixOnly('is believed where its root is named outright', async () => {
    const machine = await createMachine()
    giveAway(storeOf(machine))
    expect(findRepo(machine.root, { ...machine.env, MUSE_REPO_ROOT: '.' }).root).toBe(machine.root)
  })

  unixOnly('is passed over by who makes an own one below it', async () => {
    const machine = await createMachine()
    giveAway(storeOf(machine))
    const own = path.join(machine.root, 'own')
    fs.mkdirSync(own)
    expect(await runCli(machine, ['init', '--nested'], { directory: own })).toMatchObject({ exitCode: 0 })
    expect(await runCli(machine, ['status'], { directory: own })).toMatchObject({ exitCode: 0 })
  })
})

describe('a store that is open', () => {
  unixOnly('to everybody is refused, to its group it is not', async () => {
    const machine = await createMachine()
    fs.chmodSync(storeOf(machine), 0o777)
    expect(codeOf(() => findRepo(machine.root, machine.env))).toBe('STORE_UNTRUSTED')
    fs.chmodSync(storeOf(machine), 0o2775)
    expect(codeOf(() => findRepo(machine.root, machine.env))).toBe('none')
  })

  unixOnly('to everybody is never made, whatever the umask', async () => {
    const machine = await createMachine()
    fs.rmSync(storeOf(machine), { recursive: true })
    const before = process.umask(0)
    try {
      expect(await runCli(machine, ['init'])).toMatchObject({ exitCode: 0 })
    } finally {
      process.umask(before)
    }
    expect(fs.statSync(storeOf(machine)).mode & 0o777).toBe(0o775)
    expect(await runCli(machine, ['status'])).toMatchObject({ exitCode: 0 })
  })
})

describe('a store of one’s own', () => {
  it('has nothing to trust', async () => {
    const machine = await createMachine()
    expect(await runCli(machine, ['trust'])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('nothing has to be trusted'),
    })
    expect(fs.existsSync(path.join(machine.home, '.muse'))).toBe(false)
  })

  it('is not looked for outside of a repository', async () => {
    const machine = await createMachine()
    expect(await runCli(machine, ['trust'], { directory: machine.home })).toMatchObject({ exitCode: 2 })
  })
})
