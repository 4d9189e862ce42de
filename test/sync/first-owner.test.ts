import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { repository } from '../support/git.js'
import { documentOf, runCli } from '../support/run-cli.js'
import { startExecutable } from '../support/run-executable.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

/** A user with an empty home, and a directory that nobody has made a store in. */
function newcomer() {
  const place = temporaryDirectory()
  const [home, root] = [path.join(place, 'home'), path.join(place, 'engine')]
  for (const directory of [home, root]) fs.mkdirSync(directory)
  return { root, env: { HOME: home, PATH: process.env.PATH ?? '' } }
}

type User = ReturnType<typeof newcomer>

const CLOSED = ['hub', 'serve', '--port', '0', '--tls', 'self', '--registration', 'closed', '--json']

/** Has a user serve a hub, over a directory of theirs; what it says, and its end. */
async function serves(user: User, data: string, ...flags: string[]) {
  const { child, ended } = startExecutable(user, [...CLOSED, '--data', data, ...flags])
  const line = await new Promise<string>((resolve) => child.stdout.once('data', resolve))
  const stop = () => {
    child.kill('SIGTERM')
    return ended
  }
  return { told: JSON.parse(line) as { url: string; first_owner_at: string | null }, stop }
}

const said = async (user: User, ...argv: string[]) => {
  const ended = await runCli(user, [...argv, '--json'])
  return { ...documentOf(ended), exitCode: ended.exitCode } as Record<string, unknown>
}

const pins = ({ env }: User) => path.join(env.HOME, '.muse/pins.toml')

describe('whoever serves a hub that registers nobody by itself', () => {
  it('is its first owner by one command more, which prints the line for the next machine', async () => {
    const [user, next, stranger] = [newcomer(), newcomer(), newcomer()]
    const data = path.join(user.root, '../hub')
    const hub = await serves(user, data)
    expect(hub.told.first_owner_at).toBe(hub.told.url)
    expect(fs.statSync(pins(user)).mode & 0o077).toBe(0)
    expect(await said(stranger, 'space', 'invite')).toMatchObject({ exitCode: 1 })
    const { line, exitCode } = await said(user, 'space', 'invite')
    expect(exitCode).toBe(0)
    const words = String(line).split(' ').slice(1)
    expect(words).toEqual(['join', expect.stringMatching(/^https:\/\/127\.0\.0\.1:\d+\/[^/]+\/engine#/)])
    expect(await said(next, ...words, '--handle', 'ada')).toMatchObject({ exitCode: 0, role: 'write', pulled: 0 })
    expect(fs.readFileSync(pins(user), 'utf8')).not.toContain('first_owner')
    await hub.stop()

    // Somebody is in by now.
    const again = await serves(user, data)
    expect(again.told.first_owner_at).toBeNull()
    await again.stop()
  })

  it('joins without a line, under a name and for a space of their choice, and has the space at once', async () => {
    const user = newcomer()
    expect(await said(user, 'join')).toMatchObject({ exitCode: 1, error: expect.stringContaining('first owner') })
    const hub = await serves(user, path.join(user.root, '../hub'))
    // A clone chooses nobody's name.
    const clone = repository(path.join(user.root, '../clone'), { '.muse/config.toml': '[coord]\nowner = "mallory"\n' })
    const elsewhere = await runCli(user, ['join', '--json'], { directory: clone })
    expect(documentOf(elsewhere)).toMatchObject({ error: expect.stringContaining('mallory') })
    await said(user, 'init', '--owner', 'gabriel')
    const joined = await said(user, 'join')
    expect(joined).toMatchObject({ exitCode: 0, handle: 'gabriel', owner: 'gabriel', slug: 'engine', created: false })
    expect(await said(user, 'space', 'show')).toMatchObject({ exitCode: 0, owner: 'gabriel', visibility: 'private' })
    expect(await said(user, 'join')).toMatchObject({ exitCode: 1, status: 'bad_args' })
    await hub.stop()
  })

  it('is told by what command one is let in where nothing can be kept, and the hub serves', async () => {
    const user = newcomer()
    fs.writeFileSync(path.join(user.env.HOME, '.muse'), 'no directory')
    const hub = startExecutable(user, ['hub', 'serve', '--port', '0', '--tls', 'self', '--registration', 'closed'])
    const line = await new Promise<string>((resolve) => hub.child.stdout.once('data', resolve))
    expect(line).toMatch(/^✅ Hub listening on .*registration: closed\n {3}key: \S+\n {3}certificate: .*\n$/)
    hub.child.kill('SIGTERM')
    expect(await hub.ended).toMatchObject({
      exitCode: 0,
      stderr: expect.stringMatching(
        /^⚠️ .*is not pinned.*\.muse.*\n⚠️ .*`muse-coord hub invite --space OWNER\/SLUG --hub https:.*\.muse/,
      ),
    })
  })

  it('is not the first of a hub to which anybody may come', async () => {
    const user = newcomer()
    const hub = await serves(user, path.join(user.root, '../hub'), '--registration', 'open')
    expect(hub.told.first_owner_at).toBeNull()
    await hub.stop()
  })
})
