import type { CommandCall } from '../../src/commands/command.js'
import { Flags } from '../../src/commands/flags.js'
import { openSession } from '../../src/open-session.js'

export interface CallPlace {
  readonly directory: string
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** What the runner gives a command. A flag without a value is a switch. */
export function callOf(
  flags: Readonly<Record<string, string | true>>,
  { directory, env = {} }: CallPlace,
): CommandCall {
  const values = Object.entries(flags).map(([name, value]): [string, string[]] => [name, value === true ? [] : [value]])
  return {
    arguments: [],
    rest: [],
    flags: new Flags(new Map(values)),
    directory,
    env,
    session: () => {
      const [hub, owner, slug] = ['hub', 'owner', 'slug'].map((name) => values.find(([flag]) => flag === name)?.[1][0])
      return openSession({ directory, env, hub, owner, slug })
    },
    commands: async () => [],
    runLine: async () => 0,
    output: {
      json: false,
      interactive: false,
      columns: 100,
      colours: false,
      emit() {},
      print() {},
      note() {},
      progress() {},
    },
    readInput: async () => ({ fault: 'is not there' }),
    signal: new AbortController().signal,
  }
}
