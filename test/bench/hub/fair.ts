/**
 * `npm run bench:fair`: what a claim takes alone, and while another client pushes or pulls in bulk as fast as it can. Fails
 * where the 99th percentile beside bulk is over three times that alone. The process of the bulk keeps a core busy all the
 * while, also when the claim is alone: what is compared is the hub, not how many cores there are.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { createPrivateKey } from 'node:crypto'
import { once } from 'node:events'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '../../../src/base/clock.js'
import type { Identity } from '../../../src/hub/stores/identity-directory.js'
import { percentile } from '../../soak/attacks/writers.js'
import { startPostgres } from '../../support/postgres.js'
import { scriptFlags } from '../../support/script-flags.js'
import { createSigner, type Signer } from '../../support/start-hub.js'
import { BULKS, type Bulk, fillForBulk } from './bulk.js'
import { answered, startHubs } from './running-hubs.js'

const MOST_TIMES = 3
const PAUSE_MS = 5

const USAGE = 'npm run bench:fair -- [--seconds 5] [--rounds 3] [--postgres] [--executable FILE]'
const values = scriptFlags(USAGE, {
  seconds: { type: 'string', default: '5' },
  rounds: { type: 'string', default: '3' },
  executable: { type: 'string', default: 'dist/cli.cjs' },
  postgres: { type: 'boolean', default: false },
  bulk: { type: 'boolean', default: false },
})

type Work = Bulk | 'none'

interface Seen extends Done {
  /** Of each claim. */
  readonly milliseconds: number[]
}

interface Order {
  readonly url: string
  readonly host: string
  readonly identity: Identity
  readonly pem: string
}

/** What the bulk has done. */
interface Done {
  records: number
  seconds: number
}

/** The process of the bulk: does what it was told last, until it is told something else, and answers once it has ended that. */
async function runBulk(): Promise<void> {
  const [{ url, host, identity, pem }] = (await once(process, 'message')) as [Order]
  const signer = createSigner(url, systemClock, identity, createPrivateKey(pem))
  const asKnown: Signer['fetch'] = (target, options) => signer.fetch(target, { ...options, host })
  const told: Work[] = []
  process.on('message', (next: Work) => told.push(next))
  for (let work: Work = 'none'; ; work = told.shift() as Work) {
    const start = performance.now()
    let records = 0
    while (told.length === 0) records += work === 'none' ? await keepBusy() : await BULKS[work](asKnown)
    process.send?.({ records, seconds: (performance.now() - start) / 1000 } satisfies Done)
  }
}

async function keepBusy(): Promise<0> {
  const end = performance.now() + 50
  while (performance.now() < end);
  await sleep(1)
  return 0
}

async function measure(store: string | undefined): Promise<boolean> {
  const seconds = Number(values.seconds)
  const hubs = await startHubs(path.resolve(values.executable), 1, store)
  const [signer] = hubs.signers as [Signer]
  const bulk = fork(process.argv[1] as string, ['--bulk'], { stdio: 'inherit' })
  try {
    await fillForBulk(signer.fetch)
    bulk.send({
      url: signer.url,
      host: hubs.host,
      identity: signer.identity,
      pem: signer.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    } satisfies Order)
    const works: Work[] = ['none', ...(Object.keys(BULKS) as Bulk[])]
    const seen = new Map(works.map((work) => [work, { milliseconds: [], records: 0, seconds: 0 } as Seen]))
    await claimFor(signer, 1)
    for (let round = 0; round < Number(values.rounds); round++) {
      for (const work of works) {
        await tell(bulk, work)
        const own = seen.get(work) as Seen
        own.milliseconds.push(...(await claimFor(signer, seconds)))
        const { records, seconds: time } = await tell(bulk, 'none')
        own.records += records
        own.seconds += time
      }
    }
    return report(store === undefined ? 'SQLite' : 'PostgreSQL', seen)
  } finally {
    bulk.kill('SIGKILL')
    await hubs.close()
  }
}

/** Resolves with what the bulk has done since it was told something before, once that has ended. */
async function tell(bulk: ChildProcess, work: Work): Promise<Done> {
  bulk.send(work)
  const [done] = (await once(bulk, 'message')) as [Done]
  return done
}

/** Claims one task after another; milliseconds of each. */
async function claimFor(signer: Signer, seconds: number): Promise<number[]> {
  const milliseconds: number[] = []
  for (const end = performance.now() + seconds * 1000; performance.now() < end; ) {
    const id = `t${process.hrtime.bigint()}`
    const payload = { task_id: id, run_id: 'prober' }
    const expires_at = new Date(Date.now() + 600_000).toISOString()
    const record = { kind: 'claim', record_id: id, run_id: 'prober', payload, expires_at, token: null }
    const start = performance.now()
    await answered(signer.fetch('/ada/small/coord/push', { method: 'POST', body: { records: [record] } }))
    milliseconds.push(performance.now() - start)
    await sleep(PAUSE_MS)
  }
  return milliseconds
}

function report(name: string, seen: ReadonlyMap<Work, Seen>): boolean {
  const alone = percentile(seen.get('none')?.milliseconds ?? [], 0.99)
  let isFair = true
  console.log(`| a claim at a hub on ${name} | claims | p50, ms | p99, ms | times alone | bulk, records/s |`)
  console.log('| --- | ---: | ---: | ---: | ---: | ---: |')
  for (const [work, { milliseconds, records, seconds }] of seen) {
    const p99 = percentile(milliseconds, 0.99)
    if (p99 > MOST_TIMES * alone) isFair = false
    const title = work === 'none' ? 'alone' : `beside one who ${work}`
    const rate = Math.round(records / seconds).toLocaleString('en')
    const figures = [percentile(milliseconds, 0.5).toFixed(1), p99.toFixed(1), (p99 / alone).toFixed(1), rate]
    console.log(`| ${[title, milliseconds.length, ...figures].join(' | ')} |`)
  }
  console.log(isFair ? '✅ fair' : `❌ over ${MOST_TIMES} times`)
  return isFair
}

async function main(): Promise<void> {
  let isFair = await measure(undefined)
  if (values.postgres) {
    const postgres = await startPostgres({ fsync: true })
    try {
      isFair = (await measure(postgres.url('fair'))) && isFair
    } finally {
      await postgres.remove()
    }
  }
  if (!isFair) process.exitCode = 1
}

if (values.bulk) await runBulk()
else await main()
