import { describe, expect, it } from '@jest/globals'
import { jsonLine, printable } from '../../src/base/printable.js'
import { answer, startFaultyHub } from '../support/faulty-hub.js'
import { createMachine } from '../support/machine.js'
import { claim, reservation, reservations } from '../support/records.js'
import { documentOf, runCli } from '../support/run-cli.js'
import { startExecutable } from '../support/run-executable.js'
import { createSwarm } from '../support/swarm.js'

/** Clears the screen, rings, moves the cursor (once in eight bits), begins lines of its own and writes backwards. */
const HOSTILE = '\u001b[2J\u0007\u009b1A\r\n✅ Pushed 9 record(s)\u2028\u202eelif\u061c'
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u2028\u2029\u202a-\u202e]/

describe('the words of a push', () => {
  it('are the seed’s', async () => {
    const swarm = await createSwarm()
    const machine = await swarm.machine()
    machine.write(reservations(12))
    const first = await runCli(machine, ['sync', 'push'])
    expect(first).toMatchObject({ exitCode: 0, stderr: '' })
    expect(first.stdout).toMatch(
      /^✅ Pushed 12 record\(s\) to gabriel\/muse — inserted: 12, skipped: 0 \(\d+\.\d{3}s\)\n$/,
    )
    machine.write(reservation('r99'))
    expect((await runCli(machine, ['sync', 'push'])).stdout).toMatch(/^✅ Pushed 13 .* inserted: 1, skipped: 12 /)
  })

  it('say that there is nothing to push', async () => {
    const swarm = await createSwarm()
    const machine = await swarm.machine()
    expect(await runCli(machine, ['sync', 'push'])).toEqual({
      exitCode: 0,
      stdout: '(no local coordination records to push)\n',
      stderr: '',
    })
  })

  it('name on stderr what did not arrive, a line each', async () => {
    const swarm = await createSwarm()
    const [first, second] = [await swarm.machine(), await swarm.machine()]
    first.write(claim('t1', 'run-1'))
    second.write({ ...claim('t1', 'run-2'), ...reservation('r1'), 'tasks/bad.json': '{' })
    await first.push()
    const ended = await runCli(second, ['sync', 'push'])
    expect(ended.exitCode).toBe(7)
    expect(ended.stdout).toMatch(/^✅ Pushed 2 .* inserted: 1, skipped: 0, conflicts: 1 /)
    expect(ended.stderr.split('\n')).toEqual([
      expect.stringMatching(/^⚠️ {2}left out \/.*\/tasks\/bad\.json: is no valid JSON/),
      '⚠️  conflict claim/t1: held by run-1 until 2099-01-01T00:00:00Z',
      expect.stringMatching(/^ {3}Another run has it: /),
      expect.stringMatching(/^⚠️ {2}the run run-2 has lost claim\/t1/),
      '',
    ])
  })

  it('are one document with --json, with every count', async () => {
    const swarm = await createSwarm()
    const machine = await swarm.machine()
    machine.write({ ...reservation('r1'), ...claim('t1', 'run-1'), 'tasks/bad.json': '{' })
    const ended = await runCli(machine, ['sync', 'push', '-j'])
    expect(ended).toMatchObject({ exitCode: 0, stderr: '' })
    expect(documentOf(ended)).toEqual({
      schema_version: '1',
      duration_ms: expect.any(Number),
      space: 'gabriel/muse',
      inserted: 2,
      updated: 0,
      skipped: 0,
      total: 2,
      failed: false,
      interrupted: false,
      errors: [],
      hints: [],
      conflicts: [],
      rejected: [],
      ignored: [{ path: expect.stringContaining('bad.json'), reason: expect.any(String) }],
      warnings: [],
      leases: [{ kind: 'claim', record_id: 't1', token: 1, expires_at: '2099-01-01T00:00:00Z' }],
      lost: [],
    })
  })
})

describe('the words of a pull', () => {
  it('are the seed’s, with where the records were written', async () => {
    const swarm = await createSwarm()
    const [writer, reader] = [await swarm.machine(), await swarm.machine()]
    writer.write(reservations(8))
    await writer.push()
    const ended = await runCli(reader, ['sync', 'pull', '--limit', '6'])
    expect(ended).toMatchObject({ exitCode: 0, stderr: '' })
    expect(ended.stdout.split('\n')).toEqual([
      expect.stringMatching(/^✅ Pulled 6 new record\(s\) from gabriel\/muse — cursor: 6 \(\d+\.\d{3}s\)$/),
      expect.stringContaining('.muse/coordination/remote/'),
      expect.stringContaining('--all'),
      '',
    ])
  })

  it('are one document with --json, with the records and the cursor', async () => {
    const swarm = await createSwarm()
    const [writer, reader] = [await swarm.machine(), await swarm.machine()]
    writer.write(reservations(2))
    await writer.push()
    const ended = await runCli(reader, ['sync', 'pull', '--json'])
    expect(documentOf(ended)).toEqual({
      schema_version: '1',
      duration_ms: expect.any(Number),
      space: 'gabriel/muse',
      count: 2,
      cursor: 2,
      records: [reader.record('reservation/r0'), reader.record('reservation/r1')],
      written: 2,
      unchanged: 0,
      rejected: [],
      has_more: false,
      tidied: 0,
      started_over: false,
      fetched_again: [],
      ignored: [],
    })
  })

  it('measure time in milliseconds', async () => {
    const hub = await startFaultyHub(async (_, response) => {
      await new Promise((resolve) => setTimeout(resolve, 150))
      return answer(200, { records: [], cursor: 0 })(_, response)
    })
    const machine = await createMachine({ hub: hub.url })
    const started = performance.now()
    const { duration_ms: duration } = documentOf(await runCli(machine, ['sync', 'pull', '--json']))
    expect(duration).toBeGreaterThanOrEqual(145)
    expect(duration).toBeLessThanOrEqual(performance.now() - started + 1)
  })
})

describe('text that nobody sees', () => {
  const said = (text: string) => printable(text)

  it('does not pass: neither zero-width characters, nor tags by which models are spoken to, nor fillers', () => {
    const tags = [...'ignore'].map((letter) => String.fromCodePoint(0xe0000 + letter.charCodeAt(0))).join('')
    for (const hidden of ['\u200b', '\u2060', '\ufeff', '\u00ad', '\u3164', '\ufff9', '\u{e0101}', tags]) {
      expect(said(`fix${hidden} it`)).toBe('fix it')
      expect(jsonLine({ title: `fix${hidden} it` })).toMatch(/^\{"title":"fix(\\u[0-9a-f]{4})+ it"\}$/)
      expect(JSON.parse(jsonLine({ title: hidden }))).toEqual({ title: hidden })
    }
  })

  it('passes where it shapes the character before it, once', () => {
    for (const whole of ['⚠️  held', '👩‍❤️‍👨', 'می‌خواهم']) expect(said(whole)).toBe(whole)
    expect(said('a\u200d\u200d\u200c\u200db')).toBe('a\u200db')
    expect(said(' \ufe0f\ufe0f')).toBe(' ')
  })
})

describe('what a hub or a file says', () => {
  it.each([
    ['a refusal', answer(500, { detail: HOSTILE })],
    ['a page of HTML', answer(200, HOSTILE)],
    [
      'a conflict',
      answer(200, { inserted: 0, skipped: 0, conflicts: [{ kind: 'reservation', record_id: 'r1', reason: HOSTILE }] }),
    ],
    [
      'a holder',
      answer(200, {
        inserted: 0,
        skipped: 0,
        conflicts: [
          {
            kind: 'reservation',
            record_id: 'r1',
            reason: 'held',
            holder: { run_id: HOSTILE, token: 1, expires_at: HOSTILE },
          },
        ],
      }),
    ],
    [
      'a rejection',
      answer(200, { inserted: 0, skipped: 0, rejected: [{ kind: 'reservation', record_id: 'r1', reason: HOSTILE }] }),
    ],
  ])('reaches no terminal raw, nor begins a line there, out of a push: %s', async (_, behaviour) => {
    const hub = await startFaultyHub(behaviour)
    const machine = await createMachine({ hub: hub.url })
    machine.write(reservation('r1'))
    const told = await runCli(machine, ['sync', 'push'])
    expect(told.stderr).toMatch(/^(❌|⚠️ {2})[^\n]*\n( {3}[^\n]*\n)?$/)
    expect(told.stdout).toMatch(/^[^\n]*\n(⚠️ {2}1 [^\n]*\n)?$/)
    const asJson = await runCli(machine, ['sync', 'push', '--json'])
    documentOf(asJson)
    for (const text of [told.stderr, told.stdout, asJson.stdout]) expect(text).not.toMatch(CONTROL)
  })

  it.each([
    ['a refusal', answer(500, { detail: HOSTILE })],
    ['a page of HTML', answer(200, HOSTILE)],
    ['a kind', answer(200, { records: [{ kind: HOSTILE, record_id: HOSTILE }], cursor: 1 })],
  ])('reaches no terminal raw, nor begins a line there, out of a pull: %s', async (_, behaviour) => {
    const hub = await startFaultyHub(behaviour)
    const machine = await createMachine({ hub: hub.url })
    const told = await runCli(machine, ['sync', 'pull', '--since-id', '0'])
    expect(told.stderr).not.toMatch(/\n✅/)
    const asJson = await runCli(machine, ['sync', 'pull', '--since-id', '0', '--json'])
    documentOf(asJson)
    for (const text of [told.stderr, told.stdout, asJson.stdout]) expect(text).not.toMatch(CONTROL)
  })

  it('reaches no terminal raw out of a file’s name', async () => {
    const hub = await startFaultyHub(answer(200, { inserted: 1, skipped: 0 }))
    const machine = await createMachine({ hub: hub.url })
    machine.write({ [`tasks/${HOSTILE.replaceAll('/', '')}.json`]: '{' })
    const told = await runCli(machine, ['sync', 'push'])
    expect(told.stderr).toMatch(/^⚠️ {2}left out [^\n]*\n$/)
    expect(told.stderr).not.toMatch(CONTROL)
  })

  it('is cut short when it goes on without end', async () => {
    const hub = await startFaultyHub(answer(500, { detail: 'x'.repeat(5_000_000) }))
    const machine = await createMachine({ hub: hub.url })
    const ended = await runCli(machine, ['sync', 'pull', '--json'])
    expect(ended.stdout.length).toBeLessThan(5000)
  })
})

describe('an error', () => {
  it('is a sentence and a cure on stderr, and with --json one object on stdout', async () => {
    const machine = await createMachine()
    const told = await runCli(machine, ['sync', 'pull'])
    expect(told).toMatchObject({ exitCode: 1, stdout: '' })
    expect(told.stderr).toBe(
      '❌ No hub URL is known.\n   Name it for good with `muse-coord init --hub URL`, or for one command with --hub URL.\n',
    )
    const asJson = await runCli(machine, ['sync', 'pull', '-j'])
    expect(asJson).toMatchObject({ exitCode: 1, stderr: '' })
    expect(Object.keys(documentOf(asJson))).toEqual(['error', 'status', 'hint'])
  })
})

describe('a reader that goes away', () => {
  it('ends the program without a word, and what was pulled stays recorded', async () => {
    const swarm = await createSwarm()
    const [writer, reader] = [await swarm.machine(), await swarm.machine()]
    for (let index = 0; index < 40; index++) writer.write(reservation(`r${index}`, { note: 'x'.repeat(50_000) }))
    await writer.push()
    const running = startExecutable(reader, ['sync', 'pull', '--json'])
    running.child.stdout.once('data', () => running.child.stdout.destroy())
    const { exitCode, stderr } = await running.ended
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(await reader.pull()).toMatchObject({ count: 0, cursor: 40 })
  })

  it('before the first word changes nothing about how the program ends', async () => {
    const machine = await createMachine()
    for (const [argv, exitCode] of [
      [['kinds'], 0],
      [['sync', 'pull', '--json'], 1],
    ] as const) {
      const running = startExecutable(machine, argv)
      running.child.stdout.destroy()
      expect(await running.ended).toMatchObject({ exitCode, stderr: '' })
    }
  })
})
