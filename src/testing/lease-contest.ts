import assert from 'node:assert/strict'
import type { Kind } from '../kinds/kind.js'
import type { JsonObject } from '../record/record.js'
import { pull } from '../sync/pull/pull.js'
import type { LeaseAnswer } from '../workspace/leases/lease-answer.js'
import { openLeases } from '../workspace/leases/leases.js'
import type { Session } from '../workspace/session.js'
import { openTwoMachines, type TwoMachines } from './two-machines.js'

/** The first run holds the lease, a second one asks for it: who decides is a hub, or the machine itself. */
export interface LeaseContest {
  readonly kind: Kind
  /** What the first run writes. The second one writes the same under its own name. */
  readonly sample: JsonObject
  /** As {@link openTwoMachines} takes them. */
  readonly plugins: Parameters<typeof openTwoMachines>[0]
}

const RUNS = ['contest-1', 'contest-2'] as const

/** Both runs work on one machine, and no hub is asked. */
export async function contestHere(contest: LeaseContest): Promise<void> {
  await withMachines(contest, async ({ first }) => {
    assert.equal((await ask(first, contest, RUNS[0], true)).outcome, 'granted')
    assertRefused(await ask(first, contest, RUNS[1], true))
    assert.equal(first.workspace.view.entries(contest.kind.name)[0]?.runId, RUNS[0], 'the first run has lost its file')
  })
}

/** Each run works on a machine of its own. The second one asks blindly, and once more when it has seen whose it is. */
export async function contestOnHub(contest: LeaseContest): Promise<void> {
  await withMachines(contest, async ({ first, second }) => {
    assert.equal((await ask(first, contest, RUNS[0], false)).outcome, 'granted')
    assertRefused(await ask(second, contest, RUNS[1], false))
    await pull(second, {})
    assertRefused(await ask(second, contest, RUNS[1], false))
  })
}

async function ask(session: Session, contest: LeaseContest, run: string, isOffline: boolean): Promise<LeaseAnswer> {
  const { kind, sample } = contest
  const payload: JsonObject = { [kind.idField]: 'contest', ...sample, [kind.runIdField]: run }
  const leases = await openLeases(session, { isOffline })
  const seen = session.workspace.view.named(kind.name, String(payload[kind.idField]))
  return leases.put({ kind: kind.name, payload, seen })
}

function assertRefused(answer: LeaseAnswer): void {
  assert.equal(answer.outcome, 'refused', 'a second run is granted what the first one holds')
  assert.equal('holder' in answer && answer.holder?.runId, RUNS[0])
}

/** A moment before the sample lapses, whenever that is. */
async function withMachines({ kind, sample, plugins }: LeaseContest, play: (machines: TwoMachines) => Promise<void>) {
  const expiresAt = kind.expiresAt(sample)
  const now = expiresAt === null ? Date.now() : Date.parse(expiresAt) - 1_000
  const machines = await openTwoMachines(plugins, { now: () => now })
  try {
    await play(machines)
  } finally {
    await machines.close()
  }
}
