import fs from 'node:fs'
import path from 'node:path'
import { PassThrough } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { connectServer } from '../../plugins/mcp/connect-server.js'
import { openSession, reserve } from '../../src/index.js'
import { giveIdentity } from '../support/give-identity.js'
import { leftAtSignal } from '../support/left-at-signal.js'
import { createMachine, type Machine } from '../support/machine.js'
import { clientOf, ENVELOPE, type McpClient, serveHere, startMcp } from '../support/mcp-client.js'
import { runExecutable } from '../support/run-executable.js'
import { createSwarm } from '../support/swarm.js'
import { trustPlugins } from '../support/trust-plugins.js'

async function connect(machine: Machine, env: Record<string, string> = {}): Promise<McpClient> {
  const client = await serveHere(machine, env)
  await client.initialize()
  return client
}

const NAMES = ['status', 'check', 'reserve', 'release', 'claim', 'finish', 'enqueue', 'show'].map(
  (name) => `coord_${name}`,
)

describe('the MCP server', () => {
  it.each(['2025-06-18', '2025-11-25'])('shakes hands with clients of %s', async (version) => {
    const client = await serveHere(await createMachine())
    const { result } = await client.initialize(version)
    expect(result).toMatchObject({
      protocolVersion: version,
      serverInfo: { name: 'muse-coord' },
      capabilities: { tools: {} },
    })
    expect(result.instructions).toContain('coord_check')
    expect((await client.request('tools/list')).result.tools).toHaveLength(NAMES.length)
    expect((await client.request('no/such/thing')).error?.code).toBe(-32601)
  })

  it('serves clients of 2026-07-28, which shake no hands', async () => {
    const client = await serveHere(await createMachine())
    const { result } = await client.request('server/discover', ENVELOPE)
    expect(result.supportedVersions).toContain('2026-07-28')
    expect((await client.request('tools/list', ENVELOPE)).result).toMatchObject({ resultType: 'complete' })
    const call = { name: 'coord_check', arguments: { addresses: ['a.ts'] }, ...ENVELOPE }
    expect((await client.request('tools/call', call)).result).toMatchObject({
      resultType: 'complete',
      structuredContent: { status: 'free' },
    })
  })

  it('lists few tools, always in one order, each with schemas and few words', async () => {
    const client = await connect(await createMachine())
    const { tools } = (await client.request('tools/list')).result
    expect(tools.map((tool: { name: string }) => tool.name)).toEqual(NAMES)
    const ajv = new Ajv2020()
    for (const { description, inputSchema, outputSchema } of tools) {
      expect(description.split(/[.;] /).length).toBeLessThanOrEqual(3)
      expect(description.length).toBeLessThan(200)
      for (const schema of [inputSchema, outputSchema]) expect(ajv.compile(schema)).toBeInstanceOf(Function)
    }
    expect(JSON.stringify(tools).length).toBeLessThan(16_000)
  })

  it('ends with 0 when its input does, also while something is waited for', async () => {
    const machine = await createMachine()
    const client = startMcp(machine)
    await client.initialize()
    await client.call('coord_reserve', { addresses: ['a.ts'], run_id: 'a' })
    void client.call('coord_reserve', { addresses: ['a.ts'], run_id: 'b', wait_seconds: 50 }).catch(() => {})
    await delay(300)
    client.close()
    expect(await client.ended).toMatchObject({ exitCode: 0, signal: null, stderr: '' })
  })

  it('ends when it is asked to by a signal', async () => {
    const client = startMcp(await createMachine())
    await client.initialize()
    client.kill('SIGTERM')
    expect((await client.ended).signal).toBeNull()
  })

  it('goes on after what is no message, and ends at one that never ends', async () => {
    const client = startMcp(await createMachine())
    await client.initialize()
    client.write('{ this is no JSON')
    client.write('[1,2,3]')
    expect((await client.call('coord_status')).isError).toBe(false)
    client.write(`"${'x'.repeat(2 * 1024 * 1024)}"`)
    const { exitCode, stderr } = await client.ended
    expect(exitCode).toBe(0)
    expect(stderr).toContain('mcp: ')
  })

  it('keeps nothing of the calls that it has answered', async () => {
    const machine = await createMachine()
    const session = await openSession({ directory: machine.root, env: machine.env })
    const [stdin, stdout] = [new PassThrough(), new PassThrough()]
    const served = connectServer(session, { stdin, stdout }, () => {})
    const client = clientOf(stdin, stdout)
    await client.initialize()
    const left = leftAtSignal(session.signal)
    for (let times = 0; times < 5; times++) {
      await client.request('tools/call', { name: 'coord_check', arguments: { addresses: ['src/a.ts'] } })
      await client.request('tools/call', { name: 'coord_check', arguments: { nothing: times } })
    }
    expect(leftAtSignal(session.signal)).toBe(left)
    stdin.end()
    await served
  })

  it('is loaded by no other command', async () => {
    const machine = await createMachine()
    const listing = path.join(machine.home, 'loaded.json')
    const hook = path.join(machine.home, 'hook.cjs')
    const write = `require('fs').writeFileSync(${JSON.stringify(listing)}, JSON.stringify(Object.keys(require.cache)))`
    fs.writeFileSync(hook, `process.on('exit', () => ${write})`)
    for (const [command, isLoaded] of [
      ['kinds', false],
      ['status', false],
      ['check a.ts', false],
      ['mcp', true],
    ] as const) {
      const env = { NODE_OPTIONS: `--require ${hook}` }
      const client = command === 'mcp' ? startMcp(machine, { env }) : null
      await client?.initialize()
      client?.close()
      await (client?.ended ?? runExecutable(machine, command.split(' '), { env }))
      const loaded: string[] = JSON.parse(fs.readFileSync(listing, 'utf8'))
      expect([command, loaded.some((file) => file.includes('connect-server'))]).toEqual([command, isLoaded])
    }
  })
})

describe('the tools for files', () => {
  it('answer that another run holds something, with who, until when and what to do', async () => {
    const machine = await createMachine()
    const [one, other] = [await connect(machine), await connect(machine)]
    const got = await one.call('coord_reserve', {
      addresses: ['src/a.ts'],
      run_id: 'a',
      ttl_seconds: 600,
      operation: 'modify',
    })
    expect(got.json).toMatchObject({ status: 'ok', run_id: 'a', advisory: false, conflicts: [] })
    const refused = await other.call('coord_reserve', { addresses: ['src/'], run_id: 'b' })
    expect(refused).toMatchObject({
      isError: false,
      json: {
        status: 'held',
        reservation_id: null,
        conflicts: [{ run_id: 'a', held_address: 'src/a.ts', operation: 'modify' }],
      },
    })
    expect(refused.json.message).toContain('a has src/a.ts, until ')
    expect(refused.json.cure).toContain('coord_reserve')
    expect((await other.call('coord_check', { addresses: ['src/a.ts', 'b.ts'], run_id: 'b' })).json).toMatchObject({
      status: 'held',
      holders: [{ run_id: 'a', until: got.json.expires_at }],
    })
    expect((await one.call('coord_check', { addresses: ['src/a.ts'], run_id: 'a' })).json.status).toBe('free')
    const stolen = await other.call('coord_release', { reservations: [got.json.reservation_id], run_id: 'b' })
    expect(stolen.json).toMatchObject({ status: 'held', released: [] })
    expect((await one.call('coord_release', { all: true, run_id: 'a' })).json).toMatchObject({
      status: 'ok',
      released: [{ reservation_id: got.json.reservation_id, status: 'ok', addresses: ['src/a.ts'] }],
    })
    expect((await other.call('coord_reserve', { addresses: ['src/'], run_id: 'b' })).json.status).toBe('ok')
  })

  it('wait until a file is free, and not longer than they were told', async () => {
    const client = await connect(await createMachine())
    await client.call('coord_reserve', { addresses: ['a.ts'], run_id: 'a' })
    const inVain = await client.call('coord_reserve', { addresses: ['a.ts'], run_id: 'b', wait_seconds: 0.2 })
    expect(inVain.json).toMatchObject({ status: 'held', timed_out: true, conflicts: [{ run_id: 'a' }] })
    const waiting = client.call('coord_reserve', { addresses: ['a.ts'], run_id: 'b', wait_seconds: 50 })
    await delay(200)
    // The connection serves others meanwhile.
    await client.call('coord_release', { reservations: ['a.ts'], run_id: 'a' })
    expect((await waiting).json).toMatchObject({ status: 'ok', run_id: 'b' })
  })

  it('see what another process has written since the server began', async () => {
    const machine = await createMachine()
    const client = await connect(machine)
    expect((await client.call('coord_check', { addresses: ['a.ts'] })).json.status).toBe('free')
    await runExecutable(machine, ['reserve', 'a.ts', '--deny', '--run-id', 'far'])
    expect((await client.call('coord_check', { addresses: ['a.ts'] })).json.status).toBe('held')
  })

  it('may only warn', async () => {
    const client = await connect(await createMachine())
    const input = { addresses: ['a.ts'], exclusive: false }
    expect((await client.call('coord_reserve', { ...input, run_id: 'a' })).json.advisory).toBe(true)
    expect((await client.call('coord_reserve', { ...input, run_id: 'b' })).json).toMatchObject({
      status: 'ok',
      conflicts: [{ run_id: 'a' }],
    })
  })
})

describe('the tools for tasks', () => {
  it('give a task to one run, tell the next who has it, and end it', async () => {
    const machine = await createMachine()
    const client = await connect(machine, { MUSE_COORD_RUN_ID: 'a' })
    const task = { title: 'Port the parser', payload: { file: 'src/parser.ts' } }
    const { task_id } = (await client.call('coord_enqueue', task)).json
    expect((await client.call('coord_claim')).json).toMatchObject({ status: 'claimed', task_id, run_id: 'a', ...task })
    expect((await client.call('coord_claim', { task: task_id, run_id: 'b' })).json).toMatchObject({
      status: 'held',
      holder: { run_id: 'a' },
    })
    const none = await client.call('coord_claim', { run_id: 'b', wait_seconds: 0.1 })
    expect(none.json).toMatchObject({ status: 'none', timed_out: true, holder: null })
    expect((await client.call('coord_finish', { task: task_id, run_id: 'b' })).json).toMatchObject({
      status: 'held',
      holder: { run_id: 'a' },
    })
    expect((await client.call('coord_finish', { task: task_id, outcome: 'returned' })).json.status).toBe('returned')
    expect((await client.call('coord_claim', { task: task_id.slice(0, 8), run_id: 'b' })).json.status).toBe('claimed')
    const result = { commit: '4a0e9f9' }
    expect((await client.call('coord_finish', { task: task_id, run_id: 'b', result })).json).toMatchObject({
      status: 'completed',
      result,
    })
    expect((await client.call('coord_claim', { task: task_id })).json).toMatchObject({
      status: 'finished',
      holder: null,
    })
    const late = await client.call('coord_enqueue', { title: 'Later', after: [task_id], task_id: 'later' })
    expect(late.json).toMatchObject({ task_id: 'later', status: 'pending' })
  })
})

describe('what models look at', () => {
  it('comes by the page: each hold once, though some are given back meanwhile', async () => {
    const machine = await createMachine()
    const client = await connect(machine)
    const names = Array.from({ length: 45 }, (_, index) => `src/file-${index}.ts`)
    await client.call('coord_reserve', { addresses: names, run_id: 'a' })
    const extra = await client.call('coord_reserve', { addresses: ['src/0-first.ts'], run_id: 'a' })
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const { json } = await client.call('coord_status', { limit: 20, ...(cursor !== null && { cursor }) })
      seen.push(...json.holds.map((one: { what: string }) => one.what))
      cursor = json.next_cursor
      await client.call('coord_release', { reservations: [extra.json.reservation_id], run_id: 'a' })
    } while (cursor !== null)
    expect(seen.sort()).toEqual(['src/0-first.ts', ...names].sort())
  })

  it('has who is alive, what needs attention and what is known of an id, of kinds that plugins bring too', async () => {
    const machine = await createMachine()
    const lock = `{
      name: 'lock', directory: 'locks', idField: 'lock_id', runIdField: 'run_id', schema: {}, merge: 'lease',
      expiresAt: (lock) => lock.expires_at,
      *holds(records) {
        for (const { kind, recordId, runId, author, token, expiresAt } of records.entries('lock'))
          yield { kind, recordId, what: recordId, runId, author, since: null, until: Date.parse(expiresAt), token, isExclusive: true }
      },
    }`
    const plugin = `export default (container) => container.register(Symbol.for('muse-coord.kind'), { useValue: ${lock} })`
    fs.writeFileSync(path.join(machine.root, 'lock.mjs'), plugin)
    fs.appendFileSync(path.join(machine.root, '.muse/config.toml'), 'plugins = ["./lock.mjs"]\n')
    await trustPlugins(machine)
    const expires_at = new Date(Date.now() + 60_000).toISOString()
    const big = { lock_id: 'database', run_id: 'a', expires_at, note: 'x'.repeat(30_000) }
    machine.write({ 'locks/deploy.json': { lock_id: 'deploy', run_id: 'a', expires_at }, 'locks/database.json': big })
    // Plugins that the settings name are loaded where there is a command line.
    const client = startMcp(machine)
    await client.initialize()
    expect((await client.call('coord_status')).json).toMatchObject({
      runs: [{ run_id: 'a', state: 'working', locks: 2 }],
      holds: [
        { kind: 'lock', what: 'database' },
        { kind: 'lock', what: 'deploy' },
      ],
    })
    expect((await client.call('coord_check', { addresses: ['deploy'] })).json.holders).toMatchObject([{ kind: 'lock' }])
    expect((await client.call('coord_show', { id: 'deploy' })).json.records).toMatchObject([
      { payload: { run_id: 'a' } },
    ])
    expect((await client.call('coord_show', { id: 'database' })).json.records).toMatchObject([
      { payload: null, payload_left_out: true },
    ])
    expect((await client.call('coord_show', { id: 'nobody' })).isError).toBe(true)
  })
})

describe('what goes wrong', () => {
  it.each([
    ['nothing', 'coord_check', {}, 'TOOL_INPUT', "must have required property 'addresses'"],
    ['an empty list', 'coord_check', { addresses: [] }, 'TOOL_INPUT', 'addresses must NOT have fewer than 1 items'],
    ['too much', 'coord_check', { addresses: Array(101).fill('a') }, 'TOOL_INPUT', 'more than 100'],
    ['an unknown field', 'coord_check', { addresses: ['a'], path: 'b' }, 'TOOL_INPUT', 'additional properties'],
    ['a cursor of its own', 'coord_status', { cursor: '../..' }, 'TOOL_INPUT', 'cursor must match'],
    ['an unsafe run id', 'coord_reserve', { addresses: ['a'], run_id: '../a' }, 'TOOL_INPUT', 'run_id must match'],
    ['too long a wait', 'coord_reserve', { addresses: ['a'], wait_seconds: 51 }, 'TOOL_INPUT', 'must be <= 50'],
    ['no run', 'coord_reserve', { addresses: ['a'] }, 'RUN_UNNAMED', 'run_id is missing'],
    ['neither names nor all', 'coord_release', { run_id: 'a' }, 'TOOL_INPUT', 'all: true'],
    ['an unknown task', 'coord_finish', { task: 'nothing', run_id: 'a' }, 'RECORD_UNKNOWN', 'nothing'],
  ])('%s is answered with a code, a sentence and a cure', async (_what, tool, input, code, part) => {
    const client = await connect(await createMachine())
    const { isError, json } = await client.call(tool, input)
    expect([isError, json.code]).toEqual([true, code])
    expect(json.error).toContain(part)
    expect(json.hint).not.toBe('')
  })

  it('is told of a directory without a store, until there is one', async () => {
    const machine = await createMachine()
    const outside = { root: machine.home, env: machine.env }
    const client = await serveHere(outside)
    await client.initialize()
    expect((await client.call('coord_status')).json).toMatchObject({ code: 'NOT_A_REPO', status: 'not_a_repo' })
    await runExecutable(outside, ['init', '--local'])
    expect((await client.call('coord_status')).isError).toBe(false)
  })
})

describe('beside a hub', () => {
  it('keeps the store in step while it serves: what one holds is refused on the other machine', async () => {
    const swarm = await createSwarm()
    const [here, there] = [await swarm.machine(), await swarm.machine()]
    const [one, other] = [startMcp(here), startMcp(there)]
    await Promise.all([one.initialize(), other.initialize()])
    expect((await one.call('coord_reserve', { addresses: ['a.ts'], exclusive: false, run_id: 'a' })).json.status).toBe(
      'ok',
    )
    const heldBy = async () => (await other.call('coord_check', { addresses: ['a.ts'] })).json.holders
    const end = performance.now() + 15_000
    while ((await heldBy()).length === 0 && performance.now() < end) await delay(100)
    expect(await heldBy()).toMatchObject([{ run_id: 'a' }])
    expect((await other.call('coord_status')).json.as_of).not.toBeNull()
    for (const client of [one, other]) client.close()
    expect(await one.ended).toMatchObject({ exitCode: 0, stderr: '' })
    expect(fs.existsSync(path.join(here.coordination, '.sync/keeper.lock'))).toBe(false)
  })

  it('keeps the store from the next call on where what was wrong is mended', async () => {
    const swarm = await createSwarm()
    const there = await swarm.machine()
    await reserve(there.session, { addresses: ['a.ts'], runId: 'a', ttlSeconds: 600 })
    await there.push()
    const here = await createMachine({ hub: swarm.url, signer: null })
    const client = await connect(here)
    const check = async () => (await client.call('coord_check', { addresses: ['a.ts'] })).json
    expect(await check()).toMatchObject({ status: 'unknown' })
    giveIdentity(here.env, swarm.url, swarm.gabriel)
    const end = performance.now() + 15_000
    while ((await check()).status !== 'held' && performance.now() < end) await delay(50)
    expect(await check()).toMatchObject({ holders: [{ run_id: 'a' }] })
  })
})
