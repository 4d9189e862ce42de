import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fingerprint, rawPublicKey } from '../../src/auth/public-key.js'
import { systemClock } from '../../src/base/clock.js'
import { HubClient } from '../../src/hub-client/hub-client.js'
import { parseHubUrl } from '../../src/record/hub-url.js'
import { newKey, registerKey } from '../hub/key-proof.js'
import { type PostgresServer, startPostgres } from '../support/postgres.js'
import { createSigner, type Signer } from '../support/start-hub.js'
import { type Belief, holdAlone, openPlace, overlapsIn } from './exclusive-runs.js'
import { type Break, breakThings } from './faults.js'
import { type Fault, FaultyProxy } from './faulty-proxy.js'
import { type Account, seenRecord } from './history.js'
import { HubProcess } from './hub-process.js'
import { Ledger } from './ledger.js'
import { Random } from './random.js'
import { RawClient } from './raw-client.js'
import { writeLeases, writeRecords } from './raw-writers.js'
import { PollingReader, WatchingReader } from './readers.js'
import { violationsIn } from './violations.js'
import { SoakWorkspace } from './workspace.js'

export interface SoakOptions {
  readonly seed: number
  readonly seconds: number
  /** So much longer at most where there was no grant yet, or hardly a fault: a busy machine comes to little in the time. */
  readonly patienceSeconds?: number
  readonly store: 'sqlite' | 'postgres'
  /** The built program. */
  readonly executable: string
  /** Called when everything is quiet, before it is looked at; gets the spec of the store. */
  readonly beforeLook?: (store: string) => Promise<void>
}

export interface SoakResult {
  readonly acknowledged: number
  readonly grants: number
  /** How often a run was told that it has something alone. */
  readonly holds: number
  readonly answered: number
  readonly unanswered: number
  readonly faults: ReadonlyMap<Fault, number>
  readonly breaks: ReadonlyMap<Break, number>
  readonly violations: readonly string[]
}

const OWNER = 'gabriel'
const SLUG = 'soak'
const QUIET_SECONDS = 30

/**
 * Two hub processes on one store behind a proxy, with writers and readers of every sort, while hubs, database and
 * connections break; then everybody's account is compared. The seed chooses what breaks and in which order; when exactly
 * it meets whom is up to the machine.
 */
export async function soak(options: SoakOptions): Promise<SoakResult> {
  const directory = mkdtempSync(join(tmpdir(), 'muse-soak-'))
  const random = new Random(`${options.seed}`)
  const postgres = options.store === 'postgres' ? await startPostgres() : null
  const store = postgres?.url('soak') ?? join(directory, 'hub')
  const proxy = await FaultyProxy.start(random.for('proxy'))
  const hubs = [0, 1].map(
    () => new HubProcess({ executable: options.executable, store, publicUrl: proxy.url, directory }),
  )
  try {
    for (const hub of hubs) await hub.start()
    const stage = { directory, random, postgres, proxy, hubs, store }
    return await play(stage, options)
  } finally {
    await Promise.allSettled(hubs.map((hub) => hub.kill()))
    await proxy.close()
    await postgres?.remove()
    rmSync(directory, { recursive: true, force: true })
  }
}

interface Stage {
  readonly directory: string
  readonly random: Random
  readonly postgres: PostgresServer | null
  readonly proxy: FaultyProxy
  readonly hubs: readonly HubProcess[]
  readonly store: string
}

async function play(stage: Stage, options: SoakOptions): Promise<SoakResult> {
  const { random, proxy, hubs, postgres } = stage
  const ledger = new Ledger()
  const onChange = () => {
    proxy.hubs = hubs.flatMap(({ url }) => url ?? [])
  }
  onChange()
  proxy.isFaulty = false
  const signer = await registered(proxy.url)
  const client = new RawClient(signer, `${OWNER}/${SLUG}`, ledger)
  await client.push([])
  proxy.isFaulty = true

  const breaking = endOf(
    options,
    () => ledger.acknowledged.size > 0 && ledger.grants.length > 0 && proxy.counts.size > 2,
  )
  const quiet = new AbortController()
  const streams = new HubClient({ hub: parseHubUrl(proxy.url), signer, clock: systemClock })
  const space = { owner: OWNER, slug: SLUG }
  const readers = [
    new PollingReader(client, random.for('polling'), quiet.signal),
    new WatchingReader('a reader that watches', client, streams, space, quiet.signal),
    new WatchingReader('another reader that watches', client, streams, space, quiet.signal),
  ]
  const place = (name: string) => ({ name, client, ledger, random: random.for(name), signal: breaking })
  const workspaces = await Promise.all(
    ['pushing', 'watching'].map((name) => {
      const own = join(stage.directory, name)
      mkdirSync(own)
      return SoakWorkspace.create({ ...place(name), directory: own, hub: proxy.url, owner: signer, slug: SLUG })
    }),
  )
  const [pushing, watching] = workspaces as [SoakWorkspace, SoakWorkspace]
  const beliefs: Belief[] = []
  const alone = await Promise.all(
    // The second and the third bear one name in two places.
    ['alone-1', 'alone-2', 'alone-2'].map(async (run, index) => {
      const session = await openPlace(join(stage.directory, `alone-${index}`), {
        ...{ hub: proxy.url, owner: signer, slug: SLUG },
      })
      const { surprises } = ledger
      return {
        run,
        place: `${index}`,
        session,
        beliefs,
        surprises,
        random: random.for(`alone-${index}`),
        signal: breaking,
      }
    }),
  )
  const server = postgres?.own ? postgres : null
  const work = [
    ...['ada', 'bob', 'cyd'].map((name) => writeRecords(place(name))),
    ...['run-1', 'run-2', 'run-3', 'run-4'].map((name) => writeLeases(place(name))),
    pushing.writeAndPush(),
    watching.writeAndWatch(),
    ...alone.map(holdAlone),
  ]
  const breaks = await breakThings(
    {
      hubs,
      onChange,
      ...(server && { crashDatabase: (signal) => server.crash(signal), startDatabase: () => server.start() }),
    },
    random.for('faults'),
    breaking,
  )
  proxy.isFaulty = false
  const late = await unfinished(Promise.all(work), 'a writer')
  await options.beforeLook?.(stage.store)

  const accounts = await Promise.all(hubs.map((hub, index) => wholeSpace(hub, index + 1, signer, proxy.url)))
  const end = accounts[0]?.records.at(-1)?.id ?? 0
  late.push(...(await caughtUp(readers, end)))
  quiet.abort()
  late.push(...(await unfinished(Promise.all(readers.map(({ ended }) => ended)), 'a reader')))
  await Promise.all(workspaces.map((workspace) => workspace.pullAll()))
  const { acknowledged, registers, grants, surprises } = ledger
  const violations = [
    ...late,
    ...surprises,
    ...violationsIn({ acknowledged, registers, grants, hubs: accounts, readers }),
    ...overlapsIn(beliefs),
    ...workspaces.flatMap((workspace, index) => differences(workspace, index, accounts[0] as Account)),
  ]
  for (const hub of hubs) await hub.stop()
  return {
    acknowledged: acknowledged.size,
    grants: grants.length,
    holds: beliefs.length,
    answered: ledger.answered,
    unanswered: ledger.unanswered,
    faults: proxy.counts,
    breaks,
    violations,
  }
}

function endOf({ seconds, patienceSeconds = 0 }: SoakOptions, isEnough: () => boolean): AbortSignal {
  const end = new AbortController()
  const startedAt = performance.now()
  const timer = setInterval(() => {
    const elapsed = (performance.now() - startedAt) / 1000
    if (elapsed < seconds || (elapsed < seconds + patienceSeconds && !isEnough())) return
    clearInterval(timer)
    end.abort()
  }, 20)
  return end.signal
}

async function registered(hubUrl: string): Promise<Signer> {
  const privateKey = newKey()
  const raw = rawPublicKey(privateKey)
  const { status } = await registerKey(hubUrl, OWNER, privateKey)
  if (status !== 200) throw new Error(`the registration was answered ${status}`)
  const identity = {
    handle: OWNER,
    fingerprint: fingerprint(raw),
    publicKey: raw.toString('base64'),
    type: 'agent',
  } as const
  return createSigner(hubUrl, systemClock, identity, privateKey)
}

/** All that one hub has, asked at that hub itself. */
async function wholeSpace(hub: HubProcess, number: number, signer: Signer, publicUrl: string): Promise<Account> {
  const own = createSigner(hub.url as string, systemClock, signer.identity, signer.privateKey)
  const records = []
  for (let cursor = 0, hasMore = true; hasMore; ) {
    const path = `/${OWNER}/${SLUG}/coord/pull?since_id=${cursor}&limit=1000`
    const answer = await own.fetch(path, { host: new URL(publicUrl).host })
    if (!answer.ok) throw new Error(`hub ${number} answered ${answer.status}: ${await answer.text()}`)
    const page = (await answer.json()) as { records: object[]; cursor: number; has_more: boolean }
    records.push(...page.records.map(seenRecord))
    cursor = page.cursor
    hasMore = page.has_more
  }
  return { of: `hub ${number}`, records }
}

/** Says who does not come to its end once nothing breaks any more. */
async function unfinished(work: Promise<unknown>, who: string): Promise<string[]> {
  const patience = new AbortController()
  const ended = await Promise.race([
    work.then(() => true),
    sleep(QUIET_SECONDS * 1000, false, { signal: patience.signal, ref: false }),
  ]).finally(() => patience.abort())
  return ended ? [] : [`${who} came to no end in ${QUIET_SECONDS} quiet seconds`]
}

async function caughtUp(readers: readonly (Account & { cursor: number })[], end: number): Promise<string[]> {
  const patience = performance.now() + QUIET_SECONDS * 1000
  while (readers.some(({ cursor }) => cursor < end) && performance.now() < patience) await sleep(20)
  return readers
    .filter(({ cursor }) => cursor < end)
    .map(({ of, cursor }) => `${of} is at ${cursor} of ${end} after ${QUIET_SECONDS} quiet seconds`)
}

function differences(workspace: SoakWorkspace, index: number, { records }: Account): string[] {
  const pulled = workspace.pulled()
  return records
    .filter(({ id, name, content }) => pulled.get(name) !== `${id} ${content}`)
    .map(
      ({ id, name }) => `workspace ${index + 1}: has ${pulled.get(name) ?? 'nothing'} for ${name}, which is id ${id}`,
    )
}
