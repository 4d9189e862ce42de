import { describe, expect, it } from '@jest/globals'
import { commandSet } from '../../src/commands/command-set.js'
import { coreCommands } from '../../src/commands/index.js'
import { createContainer } from '../../src/container.js'
import * as hub from '../../src/hub.js'
import * as program from '../../src/index.js'

/** Commands whose function has another name than the last word of theirs. */
const NAMES: Readonly<Record<string, keyof typeof program | keyof typeof hub>> = {
  kinds: 'listKinds',
  'kinds new': 'makeKindPackage',
  'fail-task': 'fail',
  mcp: 'serveMcp',
  ui: 'serveUi',
  'auth whoami': 'showIdentity',
  'auth rotate': 'rotateKey',
  'auth revoke': 'revokeKey',
  'auth keys': 'listKeys',
  'auth trust-hub': 'trustHub',
  'space show': 'showSpace',
  'space visibility': 'setVisibility',
  'space invite': 'inviteToSpace',
  'space invites': 'listInvitations',
  'space uninvite': 'takeInvitationBack',
  'space grant': 'setRole',
  'space revoke': 'setRole',
  'space kind': 'setRule',
  'space log': 'readSpaceLog',
  'space release': 'takeBack',
  'hub serve': 'startHub',
  'hub revoke': 'revokeIdentity',
  'hub stats': 'readHubStats',
  'hub sweep': 'sweepHub',
  'hub restore': 'restoreStore',
  'hub export': 'writeArchive',
  'hub import': 'importHub',
}

/** Commands without one, and why. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  'hub backup': 'a method of the store: backUp',
  prime: 'prints a text',
  demo: 'plays command lines',
  completion: 'completes command lines',
}

describe('everything that commands do', () => {
  it('is a function that a program can call', async () => {
    const commands = commandSet(await createContainer(), coreCommands).map(({ name }) => name)
    const without = commands.filter((name) => {
      const door: Record<string, unknown> = name.startsWith('hub ') ? { ...hub } : { ...program }
      return typeof door[functionOf(name)] !== 'function'
    })
    expect(without.sort()).toEqual(Object.keys(EXCEPTIONS).sort())
    expect(Object.keys(NAMES).filter((name) => !commands.includes(name))).toEqual([])
  })
})

/** `sync push` is `push`. */
function functionOf(command: string): string {
  return NAMES[command] ?? (command.split(' ').at(-1) as string)
}
