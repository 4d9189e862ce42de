import { describe, expect, it } from '@jest/globals'
import { runCommandLine } from '../../src/run-command-line.js'
import { answer, type Behaviour, startFaultyHub } from '../support/faulty-hub.js'
import { createMachine, type Machine, type MachineOptions } from '../support/machine.js'
import { reservation } from '../support/records.js'
import { documentOf, type Ended, runCli } from '../support/run-cli.js'
import { startHub } from '../support/start-hub.js'

const later = { 'retry-after': '60' }
const refused = (status: number, word: string) => answer(status, { detail: 'No.', status: word }, later)

/** What a hub answers, or who asks; and what each verb then says, beginning of the sentence and of the cure. */
const REFUSALS: Readonly<Record<string, [Behaviour, MachineOptions, string, string]>> = {
  'a bad signature': [refused(401, 'unauthorized'), {}, 'The hub answered 401: No.', 'Check who signs (`muse-coord'],
  'somebody who may not': [refused(403, 'forbidden'), {}, 'The hub answered 403: No.', 'Check who signs'],
  'a hidden space': [refused(404, 'not_found'), {}, 'The hub has no space gabriel/muse', 'It is yours to make'],
  'a wrong request': [refused(400, 'bad_args'), {}, 'The hub answered 400: No.', 'The sentence is the hub’s own.'],
  'too much': [refused(429, 'rate_limited'), {}, 'The hub answered 429: No.', 'Try again later'],
  'a fault': [refused(500, 'internal'), {}, 'The hub answered 500: No.', 'Try again later'],
  'a hub on its way down': [refused(503, 'unavailable'), {}, 'The hub answered 503: No.', 'Try again later'],
  'another address': [
    answer(302, '', { location: 'http://127.0.0.1:9/' }),
    {},
    'The hub at http://127.0.0.1',
    'Use the address where',
  ],
  'a page': [answer(200, '<h1>Welcome</h1>'), {}, 'The hub at http://127.0.0.1', 'Check that the address is that of'],
  'nobody who signs': [answer(200, {}), { signer: null }, 'No signing identity for', 'Run `muse-coord auth keygen'],
}

async function setUp(behaviour: Behaviour, options: MachineOptions = {}) {
  const hub = await startFaultyHub(behaviour)
  const machine = await createMachine({ hub: hub.url, ...options })
  machine.write(reservation('r1'))
  return { hub, machine }
}

/** Watches until something is told that did not go well, or it ends. */
async function watched(machine: Machine, ...more: string[]): Promise<Ended> {
  const stop = new AbortController()
  const streams = { text: '', errors: '' }
  const heard = (): void => {
    if (/Failed|Disconnected|"failed"|"disconnected"/.test(streams.text)) stop.abort()
  }
  const exitCode = await runCommandLine(['sync', 'watch', ...more], {
    streams: {
      stdout: (text) => {
        streams.text += text
        heard()
      },
      stderr: (text) => {
        streams.errors += text
      },
      interactive: false,
      columns: 0,
    },
    env: machine.env,
    directory: machine.root,
    signal: stop.signal,
  })
  return { exitCode, stdout: streams.text, stderr: streams.errors }
}

/** The line, and that a cure comes with it: behind it, or in the next one. */
function expectTold({ stdout, stderr }: Ended, sentence: string, cure: string): void {
  const told = stdout + stderr
  expect(told).toContain(sentence)
  expect(told.slice(told.indexOf(sentence))).toContain(cure)
}

describe.each(Object.entries(REFUSALS))('%s', (_, [behaviour, options, sentence, cure]) => {
  it('is told by a push with what to do', async () => {
    const { machine } = await setUp(behaviour, options)
    const told = await runCli(machine, ['sync', 'push'])
    expect(told.exitCode).toBe(1)
    expectTold(told, `❌ ${sentence}`, `\n   ${cure}`)
    const {
      error,
      hint,
      errors = [error],
      hints = [hint],
    } = documentOf(await runCli(machine, ['sync', 'push', '--json'])) as {
      error: string
      hint: string
      errors?: string[]
      hints?: string[]
    }
    expect([errors[0], hints[0]]).toEqual([expect.stringContaining(sentence), expect.stringContaining(cure)])
    expect(hints).toHaveLength(errors.length)
  })

  // Whoever does not sign may pull what is public.
  if (options.signer !== null) {
    it('is told by a pull with what to do', async () => {
      const { machine } = await setUp(behaviour, options)
      const told = await runCli(machine, ['sync', 'pull'])
      expect(told.exitCode).toBe(1)
      expectTold(told, `❌ ${sentence}`, `\n   ${cure}`)
      expect(documentOf(await runCli(machine, ['sync', 'pull', '--json']))).toMatchObject({
        error: expect.stringContaining(sentence),
        hint: expect.stringContaining(cure),
      })
    })
  }

  it('is told by a watch with what to do', async () => {
    const { machine } = await setUp(behaviour, options)
    expectTold(await watched(machine), sentence, cure)
    const { stdout } = await watched(machine, '--json')
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    const [first] = events.filter(({ problem, error }) => (problem ?? error) !== undefined)
    expect([first.problem ?? first.error, first.hint]).toEqual([
      expect.stringContaining(sentence),
      expect.stringContaining(cure),
    ])
  })
})

describe('a refusal that comes with the records', () => {
  it('of one that nobody takes, or that stands otherwise, has a cure behind those that are named', async () => {
    const name = { kind: 'reservation', record_id: 'r1' }
    const none = { inserted: 0, skipped: 0 }
    for (const [given, line, cure] of [
      [{ ...none, rejected: [{ ...name, reason: 'is wrong' }] }, 'refused reservation/r1: is wrong', 'Correct them in'],
      ...['different_content', 'held', 'not_author', 'stale'].map(
        (reason) =>
          [{ ...none, conflicts: [{ ...name, reason }] }, `conflict reservation/r1: ${reason}`, '`|another'] as const,
      ),
    ] as const) {
      const { machine } = await setUp(answer(200, given))
      const { stderr } = await runCli(machine, ['sync', 'push'])
      expect(stderr).toMatch(new RegExp(`⚠️ {2}${line}\n {3}.*(${cure})`))
    }
  })

  it('of several batches that fail alike has its cure once', async () => {
    const { machine } = await setUp(refused(403, 'forbidden'))
    for (let n = 0; n < 1200; n++) machine.write(reservation(`more${n}`))
    const { stderr } = await runCli(machine, ['sync', 'push'])
    expect(stderr.match(/❌/g)).toHaveLength(3)
    expect(stderr.match(/Check who signs/g)).toHaveLength(1)
  })

  it('of another hub than the one that is known has its cure', async () => {
    const hub = await startHub()
    const gabriel = await hub.register('gabriel')
    const machine = await createMachine({ hub: hub.url, signer: gabriel })
    machine.write(reservation('r1'))
    expect(await machine.push()).toMatchObject({ inserted: 1 })
    await hub.close()
    const port = Number(new URL(hub.url).port)
    await startFaultyHub(answer(200, { inserted: 1, skipped: 0 }), port)
    machine.write(reservation('r2'))
    const cure = `\`muse-coord auth trust-hub --hub ${hub.url}\``
    for (const verb of ['push', 'pull']) {
      expectTold(await runCli(machine, ['sync', verb]), '❌ Whoever answers at', cure)
    }
    expectTold(await watched(machine), 'Whoever answers at', cure)
  })
})
