import fs from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { pathsNear } from '../../plugins/addresses/address-index.js'
import { overlaps } from '../../plugins/addresses/overlaps.js'
import { readReservationEnds } from '../../plugins/reserving/reservation-ends.js'
import { createContainer } from '../../src/container.js'
import { type KindRegistry, registryOf } from '../../src/kinds/registry.js'
import { type Copy, cameAt, readLocalCopy, readRemoteCopy } from '../../src/workspace/entry.js'
import { placesOf } from '../../src/workspace/index/file-table.js'
import { lookIntoIndex } from '../../src/workspace/index/look-into-index.js'
import { Standing } from '../../src/workspace/index/standing.js'
import { StoreIndex } from '../../src/workspace/index/store-index.js'
import { examineFile, type IgnoredFile, recordNames } from '../../src/workspace/record-files.js'
import { type Repo, repoAt } from '../../src/workspace/repo.js'
import { View } from '../../src/workspace/view.js'
import { NOBODY } from '../../src/workspace/viewer.js'
import { temporaryRepo } from './temporary-repo.js'

const T0 = Date.parse('2026-03-18T12:00:00Z')
const at = (seconds: number | null) => (seconds === null ? null : new Date(T0 + seconds * 1000).toISOString())

const id = (letter: string) => fc.constantFrom('1', '2', '3').map((digit) => letter + digit)
const second = fc.integer({ min: -30, max: 60 })
const run = fc.constantFrom('run-a', 'run-b')

const addresses = fc.uniqueArray(
  fc.constantFrom('a.ts', 'src/', 'src/*.ts', 'Src/a.ts::f', 'lib/x', 'lib/**', '{lib,doc}/x'),
  {
    minLength: 1,
    maxLength: 2,
  },
)

/** What programs write: a file's directory, its record id, what its payload says and when it lapses. */
const payloads = fc.oneof(
  fc.record({ r: id('r'), run, ends: fc.option(second), addresses }).map(({ r, run, ends, addresses }) => ({
    kind: 'reservation',
    recordId: r,
    payload: { reservation_id: r, run_id: run, expires_at: at(ends), addresses, branch: 't1' },
  })),
  fc.record({ l: id('l'), r: id('r'), run, when: second }).map(({ l, r, run, when }) => ({
    kind: 'release',
    recordId: l,
    payload: { release_id: l, run_id: run, reservation_id: r, released_at: at(when) },
  })),
  fc
    .record({ run, when: second, ends: second, r: fc.array(fc.tuple(id('r'), second), { maxLength: 3 }) })
    .map(({ run, when, ends, r }) => ({
      kind: 'heartbeat',
      recordId: run,
      payload: {
        run_id: run,
        last_beat_at: at(when),
        expires_at: at(ends),
        reservations: Object.fromEntries(r.map(([one, until]) => [one, at(until)])),
      },
    })),
  fc.record({ i: id('i'), r: fc.option(id('r')), run, ends: fc.option(second) }).map(({ i, r, run, ends }) => ({
    kind: 'intent',
    recordId: i,
    payload: { intent_id: i, reservation_id: r, run_id: run, expires_at: at(ends), created_at: at(0) },
  })),
  fc.record({ r: id('r'), on: fc.array(id('r'), { maxLength: 2 }), run }).map(({ r, on, run }) => ({
    kind: 'dependency',
    recordId: r,
    payload: { reservation_id: r, run_id: run, depends_on: on, created_at: at(0) },
  })),
  fc.record({ t: id('t'), after: fc.array(id('t'), { maxLength: 2 }), run }).map(({ t, after, run }) => ({
    kind: 'task',
    recordId: t,
    payload: { task_id: t, run_id: run, after, title: 'work' },
  })),
  fc
    .record({ t: id('t'), run, status: fc.constantFrom('claimed', 'completed', 'returned'), ends: second })
    .map(({ t, run, status, ends }) => ({
      kind: 'claim',
      recordId: t,
      payload: {
        task_id: t,
        claimer_run_id: run,
        status,
        expires_at: status === 'completed' ? null : at(ends),
        ...(status === 'completed' ? { ended_at: at(ends) } : {}),
      },
    })),
)

const damage = fc.record({
  file: fc.constantFrom('', '', '-journal'),
  how: fc.constantFrom('remove', 'cut', 'zeros', 'bytes'),
  where: fc.double({ min: 0, max: 1, noNaN: true }),
  bytes: fc.uint8Array({ minLength: 1, maxLength: 64 }),
})

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('write' as const), what: payloads, isRemote: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('rewrite' as const),
      what: payloads,
      name: fc.constantFrom('other', 'broken'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), nth: fc.nat(50) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('pass' as const), seconds: second }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('damage' as const), damage }) },
)

const lookedAt = fc.record({
  one: step,
  waits: fc.constantFrom(true, true, true, false),
  looksAgain: fc.boolean(),
  looksWithSlack: fc.boolean(),
  looks: fc.boolean(),
})

let registry: KindRegistry

beforeAll(async () => {
  registry = registryOf(await createContainer())
})

/** Reads every file, and remembers nothing. */
function readEverything(repo: Repo, now: number): { all: Standing; problems: string[] } {
  const problems: IgnoredFile[] = []
  const copies = new Map<string, Copy[]>()
  for (const kind of registry.all) {
    const found: Copy[] = []
    for (const { origin, directory } of placesOf(kind)) {
      for (const name of [...recordNames(repo, directory, problems)].sort()) {
        const file = examineFile(repo, directory, name, problems)
        if (file === null) continue
        const reading = origin === 'local' ? readLocalCopy(kind, file, null) : readRemoteCopy(kind, file)
        if ('copy' in reading) found.push(reading.copy)
        else problems.push({ path: file.path, reason: reading.reason })
      }
    }
    copies.set(kind.name, found)
  }
  const kept = ({ name }: { name: string }) => copies.get(name) ?? []
  const all = new Standing(registry, { kept, named: () => [], endOf: () => undefined }, now)
  return { all, problems: problems.map(({ path, reason }) => `${path} ${reason}`).sort() }
}

function expectSame(view: View, repo: Repo, now: number): void {
  const { all, problems } = readEverything(repo, now)
  const alive = view.alive()
  for (const { name } of registry.all) {
    const inAlive = new Map(alive.entries(name).map((entry) => [entry.recordId, entry]))
    for (const entry of all.entries(name)) {
      const end = all.endOf(name, entry.recordId) as number | null
      if (end === null || end > now) expect([name, inAlive.get(entry.recordId)]).toEqual([name, entry])
      expect([name, alive.named(name, entry.recordId)]).toEqual([name, entry])
      expect([name, entry.recordId, alive.endOf(name, entry.recordId)]).toEqual([name, entry.recordId, end])
    }
    for (const [recordId, entry] of inAlive) expect(entry).toEqual(all.named(name, recordId))
    expect(view.ids(name).length).toBe(all.entries(name).length)
  }
  for (const entry of all.entries('reservation')) {
    const wanted = view.alive([entry.recordId])
    const own = wanted.named('reservation', entry.recordId)
    expect(own && readReservationEnds(wanted)(own)).toEqual(readReservationEnds(all)(entry))
  }
  expect(
    view
      .problems()
      .map(({ path, reason }) => `${path} ${reason}`)
      .sort(),
  ).toEqual(problems)
  const kinds = registry.all.map(({ name }) => name)
  const events = kinds.flatMap((name) => all.entries(name)).sort((one, other) => cameAt(one) - cameAt(other))
  const latest = view.latest(kinds, 3)
  expect([latest.count, latest.entries.map(cameAt)]).toEqual([events.length, events.slice(-3).map(cameAt)])
  for (const { name } of registry.all) expect(view.everything().entries(name)).toEqual(all.entries(name))
}

const ASKED = ['a.ts', 'src/a.ts', 'src/deep/b.ts', 'lib', 'lib/x/y.ts', 'doc/x', 'src/**', '*', 't1', 'none/of.it']

/** What the index tells by itself, if it tells something, names every holder; that is before anybody has brought it up to date. */
function expectNoHolderMissed(repo: Repo, now: number): number {
  const { all } = readEverything(repo, now)
  const holds = registry.all.flatMap((kind) => [...(kind.holds?.(all) ?? [])])
  return ASKED.filter((address) => {
    const found = lookIntoIndex(repo, pathsNear(address), now, NOBODY)
    if (found === null) return false
    const near = holds.filter(({ what, title }) => (title === undefined ? overlaps(address, what) : address === what))
    expect(found.holding.map(({ recordId }) => recordId)).toEqual(
      expect.arrayContaining(near.map(({ recordId }) => recordId)),
    )
    return true
  }).length
}

/** Of some records of each kind alone; the others are seen by the next look nevertheless. */
function expectSameAgain(view: View, repo: Repo, now: number): void {
  const { all } = readEverything(repo, now)
  for (const { name } of registry.all) {
    const ids = all.entries(name).map(({ recordId }) => recordId)
    const asked = ids.filter((_, index) => index % 2 === 0)
    const again = view.again(name, asked)
    for (const recordId of [...asked, 'nobody']) expect(again.named(name, recordId)).toEqual(all.named(name, recordId))
  }
}

/** Of what came, and of nothing that went, a look with slack knows that it is there. */
function expectNamesSeen(view: View, repo: Repo): void {
  view.alive()
  const index = StoreIndex.of(repo).read((database) =>
    database.all<{ file: string }>(
      `SELECT directories.path || '/' || name AS file FROM files JOIN directories ON directories.id = files.directory`,
    ),
  )
  if (index === undefined) return
  const names = registry.all.flatMap((kind) =>
    placesOf(kind).flatMap(({ directory }) =>
      [...recordNames(repo, directory, [])].map((name) => `${directory}/${name}`),
    ),
  )
  expect(index.map(({ file }) => file).sort()).toEqual(names.sort())
}

/** As careful programs do it: whole, by a rename. */
function replace(file: string, text: string): void {
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.writeFileSync(`${file}.tmp`, text)
  fs.renameSync(`${file}.tmp`, file)
}

function spoil(repo: Repo, { file, how, where, bytes }: typeof damage extends fc.Arbitrary<infer D> ? D : never): void {
  const directory = path.join(repo.coordinationDirectory, '.sync')
  const names = fs.existsSync(directory) ? fs.readdirSync(directory) : []
  const name = names.find((one) => one.startsWith('index.') && one.endsWith(`.db${file}`))
  if (name === undefined) return
  const spoilt = path.join(directory, name)
  const content = fs.readFileSync(spoilt)
  const offset = Math.floor(where * content.length)
  if (how === 'remove') fs.rmSync(spoilt)
  else if (how === 'cut') fs.truncateSync(spoilt, offset)
  else {
    const piece = how === 'zeros' ? Buffer.alloc(Math.min(4096, content.length - offset)) : bytes
    content.set(piece.subarray(0, content.length - offset), offset)
    fs.writeFileSync(spoilt, content)
  }
}

describe('the index of a store', () => {
  it('tells what reading every file tells, whatever is written, removed and spoilt beside it', async () => {
    let number = 0
    let told = 0
    await fc.assert(
      fc.asyncProperty(fc.array(lookedAt, { minLength: 8, maxLength: 30 }), async (steps) => {
        let repo = temporaryRepo()
        const clock = { time: T0, now: () => clock.time }
        let view = new View(repo, registry, clock)
        const files: string[] = []
        let lastLook = T0
        for (const { one, waits, looksAgain, looksWithSlack, looks } of steps) {
          const where = (directory: string, name: string) => path.join(repo.coordinationDirectory, directory, name)
          if (one.do === 'write') {
            const { kind, recordId, payload } = one.what
            const directory = one.isRemote ? `remote/${kind}` : (registry.get(kind)?.directory as string)
            const wire = {
              id: ++number,
              kind,
              record_id: recordId,
              run_id: ('run_id' in payload ? payload.run_id : payload.claimer_run_id) as string,
              payload,
              expires_at: 'expires_at' in payload ? payload.expires_at : null,
              author: 'gabriel',
            }
            const file = where(directory, `${recordId}.json`)
            replace(file, JSON.stringify(one.isRemote ? wire : payload))
            files.push(file)
          } else if (one.do === 'rewrite') {
            const { kind, payload, recordId } = one.what
            const file = where(registry.get(kind)?.directory as string, `${recordId}.json`)
            const { all } = readEverything(repo, clock.time)
            const end = all.endOf(kind, recordId)
            // What is over, or was at the last look by a clock that was set back, is not looked at file by file.
            const isOver = end !== null && (end === undefined || end <= Math.max(clock.time, lastLook))
            if (!fs.existsSync(file) || isOver) continue
            if (all.named(kind, recordId)?.file !== file) continue
            fs.writeFileSync(file, one.name === 'broken' ? '{' : JSON.stringify({ ...payload, detail: number++ }))
          } else if (one.do === 'remove') {
            const [file] = files.splice(one.nth % Math.max(1, files.length), 1)
            if (file !== undefined) fs.rmSync(file, { force: true })
          } else if (one.do === 'pass') clock.time += one.seconds * 1000
          else if (one.do === 'restart') {
            repo = repoAt(repo.root)
            view = new View(repo, registry, clock)
          } else if (one.do === 'damage') {
            // As after a crash: nobody has it open.
            repo = repoAt(repo.root)
            view = new View(repo, registry, clock)
            spoil(repo, one.damage)
          }
          // Else all that was written stays too young to be trusted, and is read anew each time.
          if (waits) await new Promise((resolve) => setTimeout(resolve, 10))
          told += expectNoHolderMissed(repo, clock.time)
          // What it passes over is found by the next one.
          if (looksWithSlack) expectNamesSeen(view.snapshot(60_000), repo)
          if (looksAgain) expectSameAgain(view, repo, clock.time)
          if (!looks) continue
          expectSame(view, repo, clock.time)
          lastLook = clock.time
        }
        expectSame(view, repo, clock.time)
      }),
      { numRuns: 15 },
    )
    // It tells often enough that this was a test.
    expect(told).toBeGreaterThan(50)
  }, 300_000)
})
