import { describe, expect, it } from '@jest/globals'
import { commandSet } from '../../src/commands/command-set.js'
import { createContainer } from '../../src/container.js'
import * as door from '../../src/index.js'

/** Commands whose function has another name than the last word of theirs. */
const NAMES: Readonly<Record<string, string>> = {
  kinds: 'listKinds',
  'fail-task': 'fail',
  'auth rotate': 'rotateKey',
  'auth revoke': 'revokeKey',
  'space show': 'showSpace',
  'space visibility': 'setVisibility',
  'space grant': 'setRole',
  'space revoke': 'setRole',
}

/** What concerns the command line itself, which a program has no use for. */
const OF_THE_COMMAND_LINE = ['demo', 'completion']

/** Still to be written as functions of a hub's store. */
const MISSING_YET = [
  ...['hub serve', 'hub invite', 'hub revoke', 'hub stats', 'hub sweep'],
  ...['hub backup', 'hub restore', 'hub export', 'hub import'],
]

describe('everything that commands do', () => {
  it('is a function that a program can call', async () => {
    const commands = commandSet(await createContainer()).map(({ name }) => name)
    const functions: Record<string, unknown> = { ...door }
    const without = commands.filter((name) => typeof functions[functionOf(name)] !== 'function')
    expect(without.filter((name) => !OF_THE_COMMAND_LINE.includes(name))).toEqual(
      commands.filter((name) => MISSING_YET.includes(name)),
    )
    expect(Object.keys(NAMES).filter((name) => !commands.includes(name))).toEqual([])
  })
})

/** `sync push` is `push`, `fail-task` is `failTask`. */
function functionOf(command: string): string {
  const word = command.split(' ').at(-1) as string
  return NAMES[command] ?? word.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
