import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { formerHub } from '../../src/workspace/former-hub.js'
import { changeKnownWorkspace, knownWorkspace } from '../../src/workspace/known-workspaces.js'
import { cleanUp } from '../support/clean-up.js'
import { createMachine } from '../support/machine.js'
import { startHub } from '../support/start-hub.js'
import { temporaryDirectory } from '../support/temporary-directory.js'
import { codeOf } from './temporary-repo.js'

function home() {
  const HOME = temporaryDirectory()
  return { env: { HOME }, file: path.join(HOME, '.muse', 'workspaces.toml') }
}

const NOTHING = { hub: null, space: null, ownership: null, trusted: {} }

describe('what is known of the workspaces of a machine', () => {
  it('is nothing of a store that nobody said anything about, and nothing without a home', () => {
    expect(knownWorkspace(home().env, '/a')).toEqual(NOTHING)
    expect(knownWorkspace({}, '/a')).toEqual(NOTHING)
  })

  it('keeps each store apart, and of each what is not changed', () => {
    const { env } = home()
    changeKnownWorkspace(env, '/a', { hub: 'https://hub.example.com', space: 'ada/a' })
    changeKnownWorkspace(env, '/b', { ownership: 'belongs to the user 7' })
    changeKnownWorkspace(env, '/a', { trusted: { '.muse/config.toml': 'sha256:00' } })
    expect(knownWorkspace(env, '/a')).toEqual({
      hub: 'https://hub.example.com',
      space: 'ada/a',
      ownership: null,
      trusted: { '.muse/config.toml': 'sha256:00' },
    })
    changeKnownWorkspace(env, '/a', { hub: null, space: null, trusted: {} })
    expect(knownWorkspace(env, '/a')).toEqual(NOTHING)
    expect(knownWorkspace(env, '/b')).toEqual({ ...NOTHING, ownership: 'belongs to the user 7' })
  })

  it('lies in a file for its user alone', () => {
    const { env, file } = home()
    changeKnownWorkspace(env, '/a', { hub: '' })
    expect(fs.statSync(file).mode & 0o777).toBe(0o600)
    expect(fs.statSync(path.dirname(file)).mode & 0o777).toBe(0o700)
    fs.chmodSync(file, 0o666)
    expect(codeOf(() => knownWorkspace(env, '/a'))).toBe('IDENTITY_INVALID')
  })

  it('keeps what a newer program has added, and stores of another machine that shares the home', () => {
    const { env, file } = home()
    changeKnownWorkspace(env, '/a', { hub: '' })
    const other = '\n[[workspace]]\npath = "/a"\nmachine = "another"\nhub = "https://other.example.com"\nlater = 1\n'
    fs.appendFileSync(file, other)
    changeKnownWorkspace(env, '/a', { hub: 'https://hub.example.com' })
    expect(knownWorkspace(env, '/a').hub).toBe('https://hub.example.com')
    expect(fs.readFileSync(file, 'utf8')).toContain('later = 1')
  })

  it.each([
    ['no TOML', '[[['],
    ['another form', 'workspace = 1'],
    ['too much', `# ${'x'.repeat(1024 * 1024)}`],
  ])('is an error that names the file where that holds %s', (_, text) => {
    const { env, file } = home()
    fs.mkdirSync(path.dirname(file))
    fs.writeFileSync(file, text, { mode: 0o600 })
    expect(codeOf(() => knownWorkspace(env, '/a'))).toBe('WORKSPACES_INVALID')
    expect(codeOf(() => changeKnownWorkspace(env, '/a', { hub: '' }))).toBe('WORKSPACES_INVALID')
    expect(fs.readFileSync(file, 'utf8')).toBe(text)
  })

  it('forgets stores that are gone once there are a thousand, and no other', () => {
    const { env, file } = home()
    const here = temporaryDirectory()
    changeKnownWorkspace(env, here, { hub: '' })
    const [header = '', table = ''] = fs.readFileSync(file, 'utf8').split('[[workspace]]')
    const gone = Array.from({ length: 1000 }, (_, index) => `[[workspace]]${table.replace(here, `/gone/${index}`)}`)
    fs.writeFileSync(file, `${header}${gone.join('\n')}\n[[workspace]]${table}`)
    changeKnownWorkspace(env, '/new', { hub: '' })
    expect(fs.readFileSync(file, 'utf8').split('[[workspace]]')).toHaveLength(3)
    expect(knownWorkspace(env, here).hub).toBe('')
  })
})

describe('the hub that a workspace once had', () => {
  it('is noted by the push that it answered, and stays when the settings are gone', async () => {
    const hub = await startHub()
    cleanUp(hub.close)
    const machine = await createMachine({ hub: hub.url, signer: await hub.register('gabriel') })
    expect(formerHub(machine.session)).toBeNull()
    machine.write({ 'tasks/t1.json': { task_id: 't1', run_id: 'r1' } })
    await machine.push()
    fs.rmSync(path.join(machine.root, '.muse', 'config.toml'))
    machine.forget()
    expect(formerHub(machine.session)).toEqual({ hub: hub.url, space: 'gabriel/muse' })
  })

  it('is none that never answered: a push to an address that was a slip', async () => {
    const hub = await startHub()
    const machine = await createMachine({ hub: hub.url, signer: await hub.register('gabriel') })
    await hub.close()
    machine.write({ 'tasks/t1.json': { task_id: 't1', run_id: 'r1' } })
    expect(await machine.push()).toMatchObject({ failed: true })
    expect(formerHub(machine.session)).toBeNull()
  })

  it('is noted by a pull, told by the state in the store alone too, and forgotten when its user says so', async () => {
    const hub = await startHub()
    cleanUp(hub.close)
    const gabriel = await hub.register('gabriel')
    const writer = await createMachine({ hub: hub.url, signer: gabriel })
    writer.write({ 'tasks/t1.json': { task_id: 't1', run_id: 'r1' } })
    await writer.push()
    const reader = await createMachine({ hub: hub.url, signer: gabriel })
    await reader.pull()
    expect(knownWorkspace(reader.env, reader.root)).toMatchObject({ hub: hub.url, space: 'gabriel/muse' })
    fs.rmSync(path.join(reader.home, '.muse', 'workspaces.toml'))
    expect(formerHub(reader.session)).toEqual({ hub: hub.url, space: 'gabriel/muse' })
    changeKnownWorkspace(reader.env, reader.root, { hub: '' })
    expect(formerHub(reader.session)).toBeNull()
  })
})
