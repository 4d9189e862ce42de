import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { startHub as serveHub } from '../../src/hub/start-hub.js'
import { cleanUp } from '../support/clean-up.js'
import { keepAnswersOf, passOnTo } from '../support/faulty-hub.js'
import { startHubBehindProxy } from '../support/hub-behind-proxy.js'
import { createMachine } from '../support/machine.js'
import { documentOf, runCli } from '../support/run-cli.js'
import { startHub } from '../support/start-hub.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

/** Another machine: an empty home, and a directory that nobody has made a store in. */
function otherMachine() {
  const place = temporaryDirectory()
  const [home, root] = [path.join(place, 'home'), path.join(place, 'repo')]
  for (const directory of [home, root]) fs.mkdirSync(directory)
  return { root, env: { HOME: home, PATH: process.env.PATH ?? '' } }
}

async function owned() {
  const hub = await startHub()
  cleanUp(hub.close)
  const owner = await createMachine({ hub: hub.url, signer: await hub.register('gabriel') })
  const invited = async (...flags: string[]) => {
    const { line } = documentOf(await runCli(owner, ['space', 'invite', ...flags, '--json'])) as { line: string }
    return line.replace(/^muse-coord join /, '')
  }
  return { hub, owner, invited }
}

const joined = async (place: Parameters<typeof runCli>[0], line: string, ...flags: string[]) => {
  const ended = await runCli(place, ['join', line, ...flags, '--json'])
  return { ...documentOf(ended), exitCode: ended.exitCode } as Record<string, unknown>
}

describe('join', () => {
  it('is one line on the other machine: key, membership, settings and what is there', async () => {
    const { hub, owner, invited } = await owned()
    owner.write({ 'tasks/t1.json': { task_id: 't1', run_id: 'r1', title: 'First' } })
    await owner.push()
    const other = otherMachine()
    const line = await invited()
    const told = await runCli(other, ['join', line, '--handle', 'ada'])
    expect(told).toMatchObject({ exitCode: 0, stderr: '' })
    expect(told.stdout).toContain(`✅ ada may write in gabriel/muse at ${hub.url}`)
    expect(documentOf(await runCli(other, ['tasks', '--json']))).toMatchObject({ tasks: [{ task_id: 't1' }] })
    const claimed = await runCli(other, ['claim', 't1', '--run-id', 'a1', '--json'])
    expect(documentOf(claimed)).toMatchObject({ task_id: 't1', token: 1 })
    expect(documentOf(await runCli(owner, ['claim', 't1', '--run-id', 'g1', '--json'])).status).toBe('held')
    expect(fs.statSync(path.join(other.env.HOME, '.muse/identity.toml')).mode & 0o077).toBe(0)
  })

  it('needs no space that something was pushed to', async () => {
    const { invited } = await owned()
    expect(await joined(otherMachine(), await invited('--role', 'read'), '--handle', 'ada')).toMatchObject({
      ...{ exitCode: 0, owner: 'gabriel', slug: 'muse', handle: 'ada', role: 'read', created: true, pulled: 0 },
    })
  })

  it('takes the line with the command before it, and its key for the next hub too', async () => {
    const { owner } = await owned()
    const second = await owned()
    const [ada, again] = [otherMachine(), otherMachine()]
    const { line } = documentOf(await runCli(owner, ['space', 'invite', '--json'])) as { line: string }
    expect(line).toMatch(/^muse-coord join http:\/\/127\.0\.0\.1:\d+\/gabriel\/muse#[\w-]{32}$/)
    expect(await joined(ada, line, '--handle', 'ada')).toMatchObject({ exitCode: 0 })
    const elsewhere = { root: again.root, env: ada.env }
    expect(await joined(elsewhere, await second.invited())).toMatchObject({ exitCode: 0, handle: 'ada' })
  })

  it('serves once, unless it is for more', async () => {
    const { invited } = await owned()
    const [once, twice] = [await invited(), await invited('--uses', '2')]
    expect(await joined(otherMachine(), once, '--handle', 'ada')).toMatchObject({ exitCode: 0 })
    const late = otherMachine()
    expect(await joined(late, once, '--handle', 'bea')).toMatchObject({
      ...{ exitCode: 1, status: 'hub_error', hint: expect.stringContaining('`muse-coord space invite`') },
    })
    expect(fs.existsSync(path.join(late.root, '.muse'))).toBe(false)
    expect(await joined(late, twice, '--handle', 'bea')).toMatchObject({ exitCode: 0, handle: 'bea' })
    expect(await joined(otherMachine(), twice, '--handle', 'cleo')).toMatchObject({ exitCode: 0 })
    expect(await joined(otherMachine(), twice, '--handle', 'dora')).toMatchObject({ exitCode: 1 })
  })

  it('is not lost to a name that is taken, and the next try may have another', async () => {
    const { hub, invited } = await owned()
    await hub.register('ada')
    const other = otherMachine()
    const line = await invited()
    expect(await joined(other, line, '--handle', 'ada')).toMatchObject({
      ...{ exitCode: 1, error: expect.stringContaining('The handle ada belongs to another key') },
      hint: expect.stringContaining('`muse-coord join LINE --handle NAME`'),
    })
    expect(await joined(other, line, '--handle', 'ada2')).toMatchObject({ exitCode: 0, handle: 'ada2' })
    // One that is registered is not given up for another name.
    expect(await joined(other, await invited(), '--handle', 'ada3')).toMatchObject({ exitCode: 1, status: 'bad_args' })
  })

  it('is safe to repeat, takes nothing from a member, and lets nobody change the space', async () => {
    const { owner, invited } = await owned()
    const other = otherMachine()
    expect(await joined(other, await invited(), '--handle', 'ada')).toMatchObject({ role: 'write' })
    const less = await invited('--role', 'read')
    expect(await joined(other, less)).toMatchObject({ exitCode: 0, created: false })
    expect(documentOf(await runCli(owner, ['space', 'show', '--json']))).toMatchObject({
      members: [{ handle: 'ada', role: 'write' }],
    })
    // What brought nothing is there for somebody else.
    expect(await joined(otherMachine(), less, '--handle', 'bea')).toMatchObject({ exitCode: 0, role: 'read' })
    expect(await runCli(other, ['space', 'invite', '--json'])).toMatchObject({ exitCode: 1 })
  })

  it('lets nobody in by a line that was taken back, and whoever came by it stays', async () => {
    const { owner, invited } = await owned()
    const line = await invited('--uses', '3')
    const device = await invited('--device')
    const other = otherMachine()
    expect(await joined(other, line, '--handle', 'ada')).toMatchObject({ role: 'write' })
    const told = async (machine: Parameters<typeof runCli>[0], ...argv: string[]) =>
      documentOf(await runCli(machine, ['space', ...argv, '--json']))
    const { invitations } = (await told(owner, 'invites')) as { invitations: { id: string }[] }
    expect(invitations).toMatchObject([
      { into: 'space', role: 'write', uses: 2 },
      { into: 'device', role: null, uses: 1 },
    ])
    expect(JSON.stringify(invitations)).not.toContain(line.split('#')[1])
    const [ofSpace = { id: '' }, ofDevice = { id: '' }] = invitations
    // A member sees none of the space's.
    expect(await told(other, 'invites')).toMatchObject({ invitations: [] })
    expect(await told(other, 'uninvite', ofSpace.id)).toMatchObject({ status: 'not_found' })
    expect(await told(owner, 'uninvite', ofSpace.id.slice(0, 7))).toMatchObject({ status: 'not_found' })
    expect(await told(owner, 'uninvite', ofSpace.id.slice(0, 12))).toMatchObject({ id: ofSpace.id, into: 'space' })
    expect(await told(owner, 'uninvite', ofDevice.id)).toMatchObject({ into: 'device' })
    expect(await told(owner, 'invites')).toMatchObject({ invitations: [] })
    for (const gone of [line, device]) expect(await joined(otherMachine(), gone)).toMatchObject({ exitCode: 1 })
    expect(await told(owner, 'show')).toMatchObject({ members: [{ handle: 'ada', role: 'write' }] })
    const { entries } = (await told(owner, 'log')) as { entries: { action: string; detail: string }[] }
    expect(entries).toContainEqual(
      expect.objectContaining({ action: 'uninvited', detail: ofSpace.id.slice(0, 12), actor: 'gabriel' }),
    )
  })

  it('takes the same line once more, and lets nobody else in by it', async () => {
    const { hub, owner, invited } = await owned()
    const line = await invited()
    const other = otherMachine()
    expect(await joined(other, line, '--handle', 'ada')).toMatchObject({ exitCode: 0, role: 'write', created: true })
    expect(await joined(other, line)).toMatchObject({ exitCode: 0, handle: 'ada', role: null, created: false })
    // A registered one that is no member sees a public space, and is not in it.
    await runCli(owner, ['space', 'visibility', 'public'])
    const stranger = await createMachine({ hub: hub.url, signer: await hub.register('bea') })
    fs.rmSync(path.join(stranger.root, '.muse'), { recursive: true })
    expect(await joined(stranger, line)).toMatchObject({ exitCode: 1, status: 'hub_error' })
    expect(fs.existsSync(path.join(stranger.root, '.muse'))).toBe(false)
  })

  it('ends well when the answer to the registration was lost', async () => {
    const { hub, proxy, url } = await startHubBehindProxy()
    const owner = await createMachine({ hub: url, signer: await hub.register('gabriel') })
    const { line } = documentOf(await runCli(owner, ['space', 'invite', '--json'])) as { line: string }
    const passOn = passOnTo(hub.url)
    let isLost = false
    proxy.behave((request, response) => {
      if (isLost || !request.target.endsWith('/verify')) return passOn(request, response)
      isLost = true
      return keepAnswersOf(hub.url, () => response.destroy())(request, response)
    })
    const other = otherMachine()
    expect(await joined(other, line, '--handle', 'ada')).toMatchObject({ exitCode: 0, handle: 'ada', created: true })
    expect(isLost).toBe(true)
  })

  it('leaves a store that is in step with another space alone', async () => {
    const { invited } = await owned()
    const other = otherMachine()
    expect(await joined(other, await invited(), '--handle', 'ada')).toMatchObject({ exitCode: 0 })
    const config = fs.readFileSync(path.join(other.root, '.muse/config.toml'), 'utf8')
    const elsewhere = await owned()
    expect(await joined(other, await elsewhere.invited())).toMatchObject({
      ...{ exitCode: 1, status: 'bad_args', error: expect.stringContaining('gabriel/muse at http') },
    })
    expect(fs.readFileSync(path.join(other.root, '.muse/config.toml'), 'utf8')).toBe(config)
  })

  it.each([
    ['hello', 'is no address'],
    ['http://127.0.0.1:1/muse#0123456789abcdef0123', 'names no space'],
    ['http://127.0.0.1:1/a/b', 'is no code'],
    ['http://127.0.0.1:1/a/b#short', 'is no code'],
    ['http://u:p@127.0.0.1:1/a/b#0123456789abcdef0123', 'hub URL'],
    ['ftp://127.0.0.1/a/b#0123456789abcdef0123', 'hub URL'],
  ])('refuses %j', async (line, sentence) => {
    const other = otherMachine()
    expect(await joined(other, line)).toMatchObject({ exitCode: 1, error: expect.stringContaining(sentence) })
    expect(fs.readdirSync(other.env.HOME)).toEqual([])
  })
})

describe('a hub that others can reach', () => {
  it.each([
    [{}, 'open'],
    [{ publicUrl: 'https://hub.example.com' }, 'closed'],
    [{ publicUrl: 'https://hub.example.com', host: '0.0.0.0' }, 'closed'],
    [{ publicUrl: 'https://hub.example.com', registration: 'open' as const }, 'open'],
  ])('registers by invitation unless it is told otherwise: %j', async (settings, registration) => {
    const store = temporaryDirectory()
    const hub = await serveHub({ store, ...settings })
    cleanUp(() => hub.stop())
    expect(hub.registration).toBe(registration)
  })
})

describe('the first owner of a hub that registers nobody by itself', () => {
  it('joins by a line of the operator, and then has another machine join by its own', async () => {
    const [data, operator, owner, other] = [temporaryDirectory(), otherMachine(), otherMachine(), otherMachine()]
    const hub = await serveHub({ store: data, registration: 'closed' })
    cleanUp(() => hub.stop())
    const invited = await runCli(operator, [
      'hub',
      'invite',
      '--data',
      data,
      '--space',
      'gabriel/muse',
      '--hub',
      hub.url,
    ])
    expect(invited.stderr).toMatch(/^On the machine of gabriel, in the repository \(serves once, until /)
    const line = invited.stdout.trim()
    expect(line).toMatch(/^muse-coord join http:.*\/gabriel\/muse#gabriel@\S+$/)
    expect(await joined(owner, line)).toMatchObject({ exitCode: 0, handle: 'gabriel', created: true, pulled: 0 })
    expect(await joined(owner, line)).toMatchObject({ exitCode: 0, handle: 'gabriel', created: false })
    expect(await joined(otherMachine(), line)).toMatchObject({ exitCode: 1, status: 'hub_error' })
    const mine = documentOf(await runCli(owner, ['space', 'invite', '--json'])) as { line: string }
    expect(await joined(other, mine.line, '--handle', 'ada')).toMatchObject({
      exitCode: 0,
      handle: 'ada',
      role: 'write',
    })
    const late = await joined(otherMachine(), mine.line, '--handle', 'eve')
    expect(late).toMatchObject({ exitCode: 1, hint: expect.stringContaining('`muse-coord space invite`') })
  })

  it.each([
    [['--space', 'gabriel'], '--space'],
    [['--space', 'gabriel/muse'], '--hub'],
    [['--hub', 'http://127.0.0.1:9'], '--space'],
    [['--space', 'gabriel/muse', '--hub', 'http://127.0.0.1:9', '--handle', 'ada'], '--handle names another'],
  ])('is named whole: %j', async (flags, told) => {
    const refused = await runCli(otherMachine(), ['hub', 'invite', ...flags, '--json'])
    expect(documentOf(refused)).toMatchObject({ status: 'bad_args', error: expect.stringContaining(told) })
  })
})
