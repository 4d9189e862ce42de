import { describe, expect, it } from '@jest/globals'
import { defineCommand } from '../../src/commands/command.js'
import { Flags } from '../../src/commands/flags.js'
import { defineKind, definePlugin } from '../../src/plugin.js'

/** Shared by several commands, as those that say where to sync are. */
const SHARED = [
  { flag: '--hub <url>', description: 'the hub' },
  { flag: '-v, --verbose', description: 'more words' },
] as const

const WORDS = { summary: '', description: '', examples: [], json: [], exitCodes: {} }

describe('the compiler', () => {
  // What is marked as an error below has to be one, or the type check of the project fails.
  it('lets a command read the flags that it declares, and no others', () => {
    const command = defineCommand({
      ...WORDS,
      name: 'try',
      options: [
        ...SHARED,
        { flag: '-q, --queue <name>', description: `of which there are ${2}`, multiple: true },
        { flag: '--dry-run', description: 'nothing is written' },
      ],
      async run({ flags }) {
        flags.text('queue')
        flags.list('hub')
        flags.on('dry-run')
        flags.on('verbose')
        // @ts-expect-error it is spelt --queue
        flags.text('queues')
        // @ts-expect-error declared by another command
        flags.on('follow')
        // @ts-expect-error a switch has no value
        flags.integer('dry-run', { min: 0 })
        // @ts-expect-error a value is not a switch
        flags.on('queue')
        return {}
      },
    })
    expect(command.name).toBe('try')
  })

  it('lets a function read flags of a command that declares them all', () => {
    const readHub = (flags: Flags<never, 'hub' | 'owner'>) => flags.text('hub')
    const enough: Flags<'all', 'hub' | 'owner' | 'slug'> = new Flags(new Map([['hub', ['here']]]))
    const lacking: Flags<'all', 'hub'> = enough
    expect(readHub(enough)).toBe('here')
    // @ts-expect-error --owner is not declared
    readHub(lacking)
  })

  it('knows which arguments are there', () => {
    const one = defineCommand({
      ...WORDS,
      name: 'one',
      arguments: '<task> [note...]',
      options: [],
      async run({ arguments: [task, ...notes] }) {
        const text: string = task
        const texts: readonly string[] = notes
        return { text: [text, ...texts].join(' ') }
      },
    })
    const some = defineCommand({
      ...WORDS,
      name: 'some',
      arguments: '[task]',
      options: [],
      async run({ arguments: [task, ...more] }) {
        // @ts-expect-error it may be missing
        const text: string = task
        // @ts-expect-error there is no second one
        more[0]
        return { text }
      },
    })
    const none = defineCommand({
      ...WORDS,
      name: 'none',
      options: [],
      async run(call) {
        // @ts-expect-error no argument is declared
        call.arguments[0]
        return {}
      },
    })
    expect([one.name, some.name, none.name]).toEqual(['one', 'some', 'none'])
  })
})

describe('the compiler, of kinds and plugins', () => {
  const LOCK = {
    name: 'lock',
    directory: 'locks',
    idField: 'lock_id',
    runIdField: 'run_id',
    merge: 'lease',
    schema: { type: 'object', properties: { lock_id: { type: 'string' }, run_id: {}, expires_at: {} } },
  } as const

  it('knows the fields that the schema of a kind names, and that nothing has looked at them', () => {
    const lock = defineKind({
      ...LOCK,
      expiresAt: ({ expires_at }) => (typeof expires_at === 'string' ? expires_at : null),
      describe(payload) {
        // @ts-expect-error it may be anything
        const text: string = payload.lock_id
        // @ts-expect-error the schema names no such field
        payload.lokc_id
        return String(text)
      },
    })
    // @ts-expect-error the schema names no such field
    defineKind({ ...LOCK, idField: 'lokc_id', expiresAt: () => null })
    // What the author takes payloads for is the author's word.
    defineKind<{ lock_id: string; run_id: string; until?: string }>({ ...LOCK, expiresAt: ({ until = null }) => until })
    expect(typeof lock).toBe('function')
  })

  it('knows the options of a plugin by their schema', () => {
    const plugin = definePlugin({
      api: '^1',
      name: 'locks',
      options: {
        type: 'object',
        required: ['mode'],
        properties: { mode: { enum: ['soft', 'hard'] }, ttl: { type: 'integer' }, of: { type: 'array', items: {} } },
      },
      setup(_, options) {
        const mode: 'soft' | 'hard' = options.mode
        const ttl: number | undefined = options.ttl
        // @ts-expect-error it may be missing
        const sure: number = options.ttl
        // @ts-expect-error the schema names no such option
        options.tll
        expect([mode, ttl, sure, options.of?.length]).toBeDefined()
      },
    })
    expect(plugin.name).toBe('locks')
  })
})

describe('a flag that takes a span of time', () => {
  const read = (value: string) => new Flags(new Map([['ttl', [value]]])).duration('ttl', { min: 1 })

  it.each([
    ['90', 90],
    ['90s', 90],
    ['2.5', 2.5],
    ['5m', 300],
    ['2h', 7200],
    ['7d', 604_800],
    ['2w', 1_209_600],
  ])('takes %s as %d seconds', (value, seconds) => {
    expect(read(value)).toBe(seconds)
  })

  it.each(['', '0', '-5', '1e3', '5 m', '5M', 'm', '99999999999', '101y', '5300w'])('refuses %j', (value) => {
    expect(() => read(value)).toThrow(/^--ttl must be a time from 1 to 3153600000 seconds: 90, 5m, 2h/)
  })
})
