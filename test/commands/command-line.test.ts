import { describe, expect, it } from '@jest/globals'
import { defineCommand } from '../../src/commands/command.js'
import { CommandLine, type ParsedLine } from '../../src/commands/command-line.js'

const WORDS = { summary: '', description: '', examples: [], json: [], exitCodes: {}, run: async () => ({}) }
const OPTIONS = [
  { flag: '-d, --dry-run', description: 'nothing is written' },
  { flag: '-q, --queue <name>', description: 'of these queues', multiple: true },
  { flag: '--since-id <n>', description: 'above it' },
] as const

const COMMANDS = [
  defineCommand({ ...WORDS, name: 'sync', arguments: '[word...]', options: OPTIONS }),
  defineCommand({ ...WORDS, name: 'sync push', arguments: '<task> [word...]', options: OPTIONS }),
  defineCommand({ ...WORDS, name: 'run', takesRest: true, options: [] }),
]

/** What a command is given for a line. */
async function read(...argv: string[]) {
  let read: ParsedLine | undefined
  const line = new CommandLine(async (parsed) => {
    read = parsed
    return 0
  })
  line.add(COMMANDS)
  line.parse(argv)
  await line.run(() => {})
  if (read === undefined) throw new Error(`no command in ${argv.join(' ')}`)
  const { command, arguments: words, flags, rest } = read
  return { name: command.name, words, rest, dry: flags.on('dry-run'), queue: flags.words('queue'), flags }
}

describe('a command line', () => {
  it('names the command with the longest name', async () => {
    expect(await read('sync', 'push', 'a')).toMatchObject({ name: 'sync push', words: ['a'] })
    expect(await read('sync', 'pull', 'a')).toMatchObject({ name: 'sync', words: ['pull', 'a'] })
    expect(await read('sync')).toMatchObject({ name: 'sync', words: [] })
    expect(await read('-j', '-C', 'sync', '--plugin=run', 'sync', 'push', 'a')).toMatchObject({ name: 'sync push' })
  })

  it('leaves the word behind a switch alone, whatever its name', async () => {
    expect(await read('sync', '--dry-run', 'a', '-d', 'b')).toMatchObject({ words: ['a', 'b'], dry: true, queue: [] })
    expect(await read('sync', '-jd', 'true')).toMatchObject({ words: ['true'], dry: true })
  })

  it('gives a flag of several words all up to the next flag, and another flag one', async () => {
    const { words, queue, flags } = await read('sync', 'a', '-q', 'b', 'c', '--since-id', '1', 'd', '--queue=e', 'f')
    expect({ words, queue, since: flags.text('since-id') }).toEqual({
      words: ['a', 'd', 'f'],
      queue: ['b', 'c', 'e'],
      since: '1',
    })
  })

  it.each(['007', '1e21', '0x10', '-5', '-.5', '', '-', '=', '=x', 'true', 'false', '__proto__', 'a=b'])(
    'keeps %j as it was typed',
    async (value) => {
      const { words, queue, flags } = await read('sync', value, '--queue', value, `--since-id=${value}`)
      expect({ words, queue, since: flags.text('since-id') }).toEqual({ words: [value], queue: [value], since: value })
    },
  )

  it('takes what stands behind -- as arguments, or leaves it to a command that runs another', async () => {
    expect(await read('sync', 'push', '--', '--dry-run', '-5')).toMatchObject({
      words: ['--dry-run', '-5'],
      dry: false,
    })
    expect(await read('run', '-j', '--', 'make', '-j', '8')).toMatchObject({ words: [], rest: ['make', '-j', '8'] })
  })

  it.each([
    [['sync', '--dryRun'], /There is no flag --dryRun; did you mean --dry-run\?/],
    [['sync', '--no-dry-run'], /There is no flag --no-dry-run/],
    [['sync', '--queues', 'a'], /There is no flag --queues; did you mean --queue\?/],
    [['sync', '-dx'], /There is no flag -x/],
    [['sync', '--dry-run=1'], /--dry-run must be given without a value, got "1"/],
    [['sync', '--queue'], /--queue <name>.* value is missing/],
    [['sync', '--since-id', '--dry-run'], /--since-id <n>.* value is missing/],
    [['sync', 'push'], /missing required args for command `sync push <task> \[word\.\.\.\]`/],
    [['run', 'make'], /Unused args: `make`/],
  ])('is refused: %j', async (argv, sentence) => {
    await expect(read(...argv)).rejects.toThrow(sentence)
  })
})
