import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { init, openSession } from '../../src/index.js'
import { cleanUp } from '../support/clean-up.js'
import { repository } from '../support/git.js'
import { EXECUTABLE, type Running, startExecutable } from '../support/run-executable.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

let at: { root: string; env: Record<string, string> }
let event: string

beforeEach(async () => {
  const place = temporaryDirectory()
  const root = repository(path.join(place, 'repo'), { 'src/a.ts': 'a\n' })
  at = { root, env: { HOME: place, PATH: process.env.PATH ?? '' } }
  init(await openSession({ directory: root, env: at.env }))
  const tool = { tool_name: 'Edit', tool_input: { file_path: path.join(root, 'src/a.ts') } }
  event = JSON.stringify({ session_id: 'abcdefabcdef', cwd: root, hook_event_name: 'PreToolUse', ...tool })
})

/** Root may open everything, so somebody else has to try. */
const NOBODY = 47_001
const isRoot = process.getuid?.() === 0
const canTry =
  process.platform === 'linux' &&
  (!isRoot ||
    spawnSync(process.execPath, ['-e', `fs.accessSync(${JSON.stringify(EXECUTABLE)})`], { uid: NOBODY }).status === 0)

/** The hook of a program that may write to it, and ends its input only when the test does. */
function startHook(shell?: string): Running {
  const running = startExecutable(at, ['hook', 'claude'], shell === undefined ? {} : { shell })
  // It may end while somebody still writes to it.
  running.child.stdin.on('error', () => {})
  return running
}

function reservations(): number {
  const directory = path.join(at.root, '.muse/coordination/reservations')
  return fs.existsSync(directory) ? fs.readdirSync(directory).length : 0
}

describe('the input of a hook', () => {
  it('is read as far as its document goes, though it is left open', async () => {
    const { child, ended } = startHook()
    child.stdin.write(event.slice(0, 40))
    child.stdin.write(event.slice(40))
    expect(await ended).toMatchObject({ exitCode: 0, stderr: '' })
    expect(reservations()).toBe(1)
  })

  const onPosix = process.platform === 'win32' ? it.skip : it
  onPosix('says where its agent works, though the hook is started in a directory that was removed', async () => {
    const { child, ended } = startHook('mkdir gone && cd gone && rmdir ../gone && exec')
    child.stdin.end(event)
    expect(await ended).toMatchObject({ exitCode: 0, stderr: '' })
    expect(reservations()).toBe(1)
  })

  it('is not waited for where nothing comes, or no end of it', async () => {
    const begun = startHook()
    begun.child.stdin.write(event.slice(0, 40))
    const endless = startHook()
    endless.child.stdin.write('{"a":"')
    const dripping = setInterval(() => endless.child.stdin.write('x'), 100)
    cleanUp(() => clearInterval(dripping))
    // A pipe that somebody holds open, as a shell does.
    const piped = startHook('mkfifo silent; exec <>silent; exec')
    const ends = await Promise.all([startHook(), begun, piped, endless].map(({ ended }) => ended))
    expect(ends.map(({ exitCode, stdout }) => [exitCode, stdout])).toEqual(Array(4).fill([0, '']))
    expect(ends.map(({ stderr }) => /its hook (.*?)\./.exec(stderr)?.[1])).toEqual([
      ...Array(3).fill('did not come'),
      // On a machine that is busy enough a second may pass between two bytes.
      expect.stringMatching(/^did not (end within 3000 ms|come)$/),
    ])
    expect(reservations()).toBe(0)
  })

  const test = canTry ? it : it.skip
  test('is read where its pipe cannot be opened anew, as in a sandbox or as another user', () => {
    const place = temporaryDirectory()
    fs.chmodSync(place, 0o777)
    const line = `mkfifo closed; printf %s "$EVENT" >closed & exec <closed; chmod 000 closed; exec "$0" "$@"`
    const { status, stderr } = spawnSync('sh', ['-c', line, process.execPath, EXECUTABLE, 'hook', 'claude'], {
      ...(isRoot && { uid: NOBODY, gid: NOBODY }),
      cwd: place,
      env: { HOME: place, PATH: process.env.PATH, EVENT: event.replaceAll(at.root, place) },
      encoding: 'utf8',
    })
    // No workspace is there, so nothing is to be said.
    expect([status, stderr]).toEqual([0, ''])
  })
})
