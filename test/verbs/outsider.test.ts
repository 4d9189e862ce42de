import fs from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from '@jest/globals'
import { openSession, type Plugin } from '../../src/index.js'
import { answer } from '../../src/ui/answer.js'
import { createMachine, type Machine } from '../support/machine.js'

import { serveHere } from '../support/mcp-client.js'
import { runCli } from '../support/run-cli.js'
import { createSwarm } from '../support/swarm.js'
import { trustPlugins } from '../support/trust-plugins.js'

/** What a reservation is, as somebody else would write it: it imports nothing, and answers what the built-in kind does. */
const BOOKING = `
  const time = (text) => (typeof text === 'string' ? Date.parse(text) : null)
  const texts = (value) => (Array.isArray(value) ? value : [])
  const kind = {
    name: 'booking', directory: 'bookings', idField: 'booking_id', runIdField: 'run_id', merge: 'once',
    schema: { type: 'object', properties: { booking_id: { type: 'string' }, addresses: { type: 'array' } } },
    expiresAt: ({ expires_at }) => expires_at ?? null,
    describe: ({ operation, addresses }) => [operation ?? 'reserve', ...texts(addresses)].join(' '),
    *holds(records) {
      for (const { kind, recordId, runId, author, lapsed, payload } of records.entries('booking')) {
        if (lapsed) continue
        const { branch = '', addresses, operation = null, created_at, expires_at, exclusive } = payload
        const [since, until] = [time(created_at), time(expires_at)]
        for (const what of texts(addresses)) {
          yield {
            kind, recordId, what, runId, author, since, until, confirmedUntil: until, length: until - since, token: null, place: null,
            isExclusive: exclusive === true, details: { branch, addresses, operation },
          }
        }
      }
    },
    state: () => ({ payload, runId, lapsed }) => ({
      state: lapsed ? 'lapsed' : 'active', isOver: lapsed, what: texts(payload.addresses).join(' '), runId,
      until: time(payload.expires_at),
    }),
    after: ({ waits_for }) => texts(waits_for),
  }
  const bookings = {
    name: 'bookings', moment: 'look', summary: 'List bookings.', description: 'Lists the bookings of this workspace.',
    options: [{ flag: '--limit <n>', description: 'The first so many.' }], examples: ['bookings --json'], json: [], exitCodes: {},
    async run({ flags, session }) {
      const limit = flags.integer('limit', { min: 1 })
      const { workspace } = await session()
      const booked = workspace.view.entries('booking').map(({ payload }) => payload).slice(0, limit)
      return { result: { bookings: booked }, text: booked.length + ' booking(s)' }
    },
  }
  export default { api: '^1', kinds: [kind], commands: [bookings] }
`

/** A quarter beyond the hour: what is told in hours is the same however long a test takes. */
const at = (hours: number) => new Date(Date.now() + (hours + Math.sign(hours) / 4) * 3600_000).toISOString()
const [BEFORE, OVER, LATER] = [at(-2), at(-1), at(3)]

/** The same records, of one of the two kinds. */
function records(kind: string): Record<string, unknown> {
  const own = (id: string, fields: object) => ({
    [`${kind}s/${id}.json`]: { [`${kind}_id`]: id, run_id: 'a', branch: 'main', created_at: BEFORE, ...fields },
  })
  return {
    ...own('r1', { addresses: ['src/a.ts', 'src/b.ts'], operation: 'modify', expires_at: LATER, exclusive: true }),
    ...own('r2', { addresses: ['docs/x.md'], expires_at: LATER, waits_for: ['r1'], odd: { fooBar: 1e21 } }),
    ...own('old', { addresses: ['old.ts'], expires_at: OVER }),
    [`${kind}s/broken.json`]: '{"',
  }
}

/** All of one age, which is told of records that name no time. */
function writeRecords(machine: Machine, kind: string): void {
  const files = records(kind)
  machine.write(files)
  for (const name of Object.keys(files))
    fs.utimesSync(path.join(machine.coordination, name), new Date(), new Date(BEFORE))
}

async function pluginAt(machine: Machine): Promise<Plugin> {
  const file = path.join(machine.root, 'plugin.mjs')
  fs.writeFileSync(file, BOOKING)
  fs.appendFileSync(path.join(machine.root, '.muse/config.toml'), 'plugins = ["./plugin.mjs"]\n')
  await trustPlugins(machine)
  return (await import(pathToFileURL(file).href)).default
}

/** What was said where the one kind has the records, in the words of the other; what no two runs share is left out. */
function plain(said: string, { root }: Machine, kind: string): string {
  const names = { booking: 'reservation', reservation: 'booking', Booking: 'Reservation', Reservation: 'Booking' }
  const swapped =
    kind === 'reservation'
      ? said
      : said.replace(/booking|reservation/gi, (name) => names[name as keyof typeof names] ?? name)
  return (
    swapped
      .replaceAll(root, 'ROOT')
      .replace(/"duration_ms":[\d.]+/g, '"duration_ms":0')
      // Beside `record_id`, which every kind has, it stands for readers of earlier versions.
      .replace(/"(booking|reservation)_id":("r1"|null),/g, '')
      .replace(/"seconds_left":\d+/g, '"seconds_left":0')
      .replace(/ {2,}/g, ' ')
      .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}/g, 'UUID')
      .replace(/\d{4}-\d\d-\d\d([T ])\d\d:\d\d:\d\d(\.\d+)?/g, 'DAY$1TIME')
  )
}

/** A document as a value, for kinds stand in the order of their registration. */
function parsed(said: string): unknown {
  return /^[[{]/.test(said) ? JSON.parse(said) : said.split('\n').sort()
}

const KINDS = ['reservation', 'booking'] as const

async function both<Said>(ask: (machine: Machine, kind: string, plugin: Plugin) => Promise<string>) {
  const said: unknown[] = []
  for (const kind of KINDS) {
    const machine = await createMachine()
    const plugin = await pluginAt(machine)
    writeRecords(machine, kind)
    said.push(parsed(plain(await ask(machine, kind, plugin), machine, kind)))
  }
  return said as [Said, Said]
}

describe('a kind of somebody else’s cannot be told from a built-in one', () => {
  it.each([
    'status --json',
    'status',
    'status --run-id a',
    'log --json',
    'log',
    'log --kinds KIND --json',
    'show r1 --json',
    'show r2',
    'show r1 KIND',
    'check src/a.ts --json',
    'check src/a.ts',
    'check src/a.ts --run-id a --json',
    'mine --run-id a --json',
    'mine --run-id a',
    'wait old --timeout 0 --json',
    'wait r1 --timeout 0 --json',
    'wait src/a.ts --timeout 0',
    'dag --json',
    'dag',
    'gc --older-than 1m --dry-run --json',
    'reserve src/a.ts --deny --run-id b --json',
    'sync push --json',
    'doctor --json',
  ])('by %s', async (line) => {
    const argv = line.split(' ')
    const [builtIn, foreign] = await both(async (machine, kind) => {
      const { exitCode, stdout, stderr } = await runCli(
        machine,
        argv.map((word) => word.replace('KIND', kind)),
      )
      return argv.includes('--json')
        ? `${stdout.trimEnd().slice(0, -1)},"exit":${exitCode}}`
        : stdout + stderr + exitCode
    })
    expect(foreign).toEqual(builtIn)
  })

  it.each(['/', '/holds', '/timeline', '/tasks', '/why?id=src/a.ts', '/why?id=r1', '/why?id=a'])(
    'by the page %s',
    async (page) => {
      const now = Date.now()
      const [builtIn, foreign] = await both(async ({ root, env, coordination }, kind, plugin) => {
        // How much of its reason is shown depends on how long its path is.
        fs.rmSync(path.join(coordination, `${kind}s/broken.json`))
        const session = await openSession({ directory: root, env, plugins: [plugin], clock: { now: () => now } })
        const text = async (query: string) => {
          const read = await answer(session.snapshot(), new URL(`http://localhost${page}${query}`))
          return read.text
        }
        return JSON.stringify([await text(''), JSON.parse(await text(page.includes('?') ? '&json' : '?json'))])
      })
      expect(foreign).toEqual(builtIn)
    },
  )

  it.each<[string, object]>([
    ['coord_status', {}],
    ['coord_check', { addresses: ['src/a.ts'], run_id: 'b' }],
    ['coord_show', { id: 'r1' }],
    ['coord_reserve', { addresses: ['src/a.ts'], run_id: 'b' }],
  ])('by the tool %s', async (tool, input) => {
    const [builtIn, foreign] = await both(async (machine, _kind, plugin) => {
      const client = await serveHere(machine, {}, [plugin])
      await client.initialize()
      return JSON.stringify(await client.call(tool, input))
    })
    expect(foreign).toEqual(builtIn)
  })

  it('on its way to another machine, in pushes and pulls', async () => {
    const { url, gabriel } = await createSwarm()
    const said: unknown[] = []
    for (const kind of KINDS) {
      const options = { hub: url, signer: gabriel, slug: kind }
      const [writer, reader] = [await createMachine(options), await createMachine(options)]
      for (const machine of [writer, reader]) await pluginAt(machine)
      writeRecords(writer, kind)
      const tell = async (machine: Machine, ...argv: string[]) => {
        const { exitCode, stdout } = await runCli(machine, [...argv, '--json'])
        return parsed(plain(`${stdout.trimEnd().slice(0, -1)},"exit":${exitCode}}`, machine, kind))
      }
      said.push([
        await tell(writer, 'sync', 'push'),
        await tell(writer, 'sync', 'push', '--kinds', kind),
        await tell(reader, 'sync', 'pull', '--kinds', kind),
        await tell(reader, 'show', 'r1'),
        await tell(reader, 'status'),
      ])
    }
    const [builtIn, foreign] = said
    expect(foreign).toEqual(builtIn)
  })

  it('by its command: the overview, its help, completion, and what is wrong with a line', async () => {
    const machine = await createMachine()
    await pluginAt(machine)
    const said = async (...argv: string[]) => (await runCli(machine, argv)).stdout
    const [ours, theirs] = (await said('--help')).match(/^ {2}(mine|bookings) .*$/gm) ?? []
    expect([ours, theirs]).toEqual([expect.stringMatching(/^ {2}mine +\S/), expect.stringMatching(/^ {2}bookings +\S/)])
    const sections = (help: string) => help.match(/^[A-Z][\w ]+:$/gm)
    expect(sections(await said('bookings', '--help'))).toEqual(sections(await said('kinds', '--help')))
    expect(await said('completion', 'complete', '--', 'book')).toContain('bookings\tList bookings.')
    expect(await said('completion', 'complete', '--', 'bookings', '--li')).toContain('--limit\tThe first so many.')
    const wrong = await runCli(machine, ['bookings', '--limt', '3', '--json'])
    expect(wrong).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('did you mean --limit') })
    expect(await runCli(machine, ['bokings', '--json'])).toMatchObject({
      exitCode: 1,
      stdout: expect.stringContaining('did you mean \\"bookings\\"'),
    })
  })
})
