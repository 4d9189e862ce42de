import { type ChildProcess, fork, spawn, spawnSync } from 'node:child_process'
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fingerprint, rawPublicKey } from '../../../src/auth/public-key.js'
import { systemClock } from '../../../src/base/clock.js'
import type { Identity } from '../../../src/hub/stores/identity-directory.js'
import { openStore } from '../../../src/hub/stores/open-store.js'
import { refuseFlags, scriptFlags } from '../../support/script-flags.js'
import { createSigner } from '../../support/start-hub.js'
import { ATTACKS, keepAttacking, LARGE_SPACE, type Toll } from './attacks.js'
import { percentile, type Seen, write } from './writers.js'

/** A hub with a heap of 256 MB, 1,000 connections at each attack and 10 honest writers; what these see, and what it takes. */
const HEAP_MB = 256
const WRITERS = 10
const LARGE_RECORDS = 120
const MOST_RESIDENT_MB = 400
const MOST_TIMES = 3
/** What one handle may keep, and the most that the store may have come to: the same for the log beside it, and some for pages. */
const QUOTA_MIB = 64
const MOST_STORE_MB = 200

const USAGE = 'npm run soak:attacks -- [--seconds 60] [--connections 1000] [--only WORD] [--executable FILE]'
const values = scriptFlags(USAGE, {
  seconds: { type: 'string', default: '60' },
  connections: { type: 'string', default: '1000' },
  only: { type: 'string' },
  executable: { type: 'string', default: 'dist/cli.cjs' },
  attacker: { type: 'boolean', default: false },
})

interface Person {
  readonly identity: Identity
  readonly key: KeyObject
}

interface Order {
  readonly url: string
  readonly connections: number
  readonly names: readonly string[]
  readonly identity: Identity
  readonly pem: string
}

/** The process of the attackers, on a core of its own. Until there is an order it keeps that core busy. */
async function attack(): Promise<void> {
  let order: Order | null = null
  process.once('message', (message: Order) => {
    order = message
  })
  while (order === null) {
    const end = performance.now() + 50
    while (performance.now() < end);
    await sleep(1)
  }
  const { url, connections, names, identity, pem } = order as Order
  const attacker = createSigner(url, systemClock, identity, createPrivateKey(pem))
  const tolls = names.map((name, index) =>
    keepAttacking(ATTACKS[name] as (typeof ATTACKS)[string], attacker, connections, `127.0.1.${index + 1}`),
  )
  process.on('message', () => process.send?.(tolls))
}

async function main(): Promise<number> {
  const [seconds, connections] = [Number(values.seconds), Number(values.connections)]
  const names = Object.keys(ATTACKS).filter((name) => values.only === undefined || name.includes(values.only))
  if (!(seconds > 0) || !(connections > 0) || names.length === 0) {
    refuseFlags(USAGE)
  }
  const directory = mkdtempSync(path.join(tmpdir(), 'muse-attacks-'))
  const children: ChildProcess[] = []
  try {
    const [stranger, ...people] = ['crowd', ...Array.from({ length: WRITERS }, (_, n) => `writer${n}`)].map(person)
    await fill(directory, [stranger as Person, ...people])
    const hub = spawn(
      process.execPath,
      [
        `--max-old-space-size=${HEAP_MB}`,
        path.resolve(values.executable),
        'hub',
        'serve',
        '--data',
        directory,
        '--port',
        '0',
        '--max-data',
        String(QUOTA_MIB),
        '--json',
      ],
      { stdio: ['ignore', 'pipe', 'inherit'], env: { PATH: process.env.PATH, HOME: directory } },
    )
    children.push(hub)
    const [line] = await once(hub.stdout, 'data')
    const { url } = JSON.parse(String(line)) as { url: string }
    const attackers = fork(process.argv[1] as string, ['--attacker'], { stdio: 'inherit' })
    children.push(attackers)
    shareCores(attackers, hub)
    const writers = people.map(({ identity, key }) => createSigner(url, systemClock, identity, key))
    const phase = async (length: number) => {
      const seen: Seen = { milliseconds: [], refusals: 0 }
      const signal = AbortSignal.timeout(length * 1000)
      let resident = 0
      const looking = setInterval(() => {
        resident = Math.max(resident, residentMegabytes(hub))
      }, 200)
      await Promise.all(writers.map((writer) => write(writer, seen, signal)))
      clearInterval(looking)
      return { ...seen, resident }
    }
    const alone = await phase(Math.min(seconds / 2, 30))
    const { identity, key } = stranger as Person
    const pem = key.export({ type: 'pkcs8', format: 'pem' }) as string
    attackers.send({ url, connections, names, identity, pem } satisfies Order)
    const attacked = await phase(seconds)
    attackers.send('how far?')
    const [tolls] = (await once(attackers, 'message')) as [Toll[]]
    for (const [index, name] of names.entries()) {
      const { opened, open, answers } = tolls[index] as Toll
      console.log(`   ${name}: ${opened} connections opened, ${open} open, answers ${JSON.stringify(answers)}`)
    }
    const ended = hub.exitCode ?? hub.signalCode
    return report(
      { alone, attacked, ended, stored: storedMegabytes(directory) },
      `${names.length} attacks × ${connections} connections`,
    )
  } finally {
    for (const child of children) {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL')
        await once(child, 'exit')
      }
    }
    rmSync(directory, { recursive: true, force: true })
  }
}

type Phase = Seen & { readonly resident: number }

interface Outcome {
  readonly alone: Phase
  readonly attacked: Phase
  /** How the hub ended; `null`: it goes on. */
  readonly ended: number | string | null
  /** What the store has come to, in MB. */
  readonly stored: number
}

function report({ alone, attacked, ended, stored }: Outcome, what: string): number {
  const times = percentile(attacked.milliseconds, 0.99) / percentile(alone.milliseconds, 0.99)
  const faults = [
    ...(ended === null ? [] : [`the hub ended: ${ended}`]),
    ...(attacked.resident < MOST_RESIDENT_MB ? [] : [`it took over ${MOST_RESIDENT_MB} MB`]),
    ...(stored < MOST_STORE_MB ? [] : [`the store has over ${MOST_STORE_MB} MB`]),
    ...(times <= MOST_TIMES ? [] : [`honest writers waited ${times.toFixed(1)} times as long`]),
  ]
  const figures = ({ milliseconds, refusals, resident }: Phase): string =>
    `${milliseconds.length} pushes, median ${percentile(milliseconds, 0.5).toFixed(0)} ms, p99 ${percentile(milliseconds, 0.99).toFixed(0)} ms, ` +
    `${refusals} tried again, ${resident} MB resident`
  console.log(`${faults.length === 0 ? '✅' : '❌'} ${what}, heap ${HEAP_MB} MB`)
  console.log(`   alone:    ${figures(alone)}\n   attacked: ${figures(attacked)}, ${stored} MB stored`)
  for (const fault of faults) console.log(`   ${fault}`)
  return faults.length === 0 ? 0 : 1
}

function person(handle: string): Person {
  const { privateKey } = generateKeyPairSync('ed25519')
  const raw = rawPublicKey(privateKey)
  const identity: Identity = { handle, fingerprint: fingerprint(raw), publicKey: raw.toString('base64'), type: 'agent' }
  return { identity, key: privateKey }
}

/** Everybody's key, and a space that is larger than what two sockets buffer. */
async function fill(directory: string, people: readonly Person[]): Promise<void> {
  const store = await openStore(directory, systemClock)
  for (const { identity } of people) await store.register(identity)
  const [owner = '', slug = ''] = LARGE_SPACE.split('/')
  const space = await store.createSpace(owner, slug)
  await store.setVisibility(space, 'public')
  const payloadJson = JSON.stringify({ text: 'x'.repeat(200_000) })
  for (let n = 0; n < LARGE_RECORDS; n++) {
    const record = { kind: 'task', recordId: `t${n}`, runId: 'r', payloadJson, expiresAt: null }
    await store.push(space, { author: owner, records: [record], rules: new Map([['task', 'once']]) })
  }
  await store.close()
}

function storedMegabytes(directory: string): number {
  const sizes = readdirSync(directory).map((name) => statSync(path.join(directory, name)).size)
  return Math.round(sizes.reduce((sum, size) => sum + size, 0) / 1024 / 1024)
}

/** The last core for the attackers, the others for the hub and its writers, where the system can tell processes apart. */
function shareCores(attackers: ChildProcess, hub: ChildProcess): void {
  const last = availableParallelism() - 1
  if (last < 1) return
  const pin = (cores: string, pid: number | undefined) => spawnSync('taskset', ['-apc', cores, String(pid)])
  const pinned = pin(String(last), attackers.pid)
  if (pinned.error) return void console.log('(no taskset here: attackers and hub share their cores)')
  for (const { pid } of [hub, process]) pin(`0-${last - 1}`, pid)
}

function residentMegabytes({ pid }: ChildProcess): number {
  try {
    return Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024)
  } catch {
    return 0 // It has ended, and that is reported.
  }
}

if (values.attacker) await attack()
else process.exitCode = await main()
