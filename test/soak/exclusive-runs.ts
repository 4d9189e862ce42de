import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { heartbeat } from '../../plugins/reserving/heartbeat.js'
import { release } from '../../plugins/reserving/release.js'
import { reserve } from '../../plugins/reserving/reserve.js'
import { asCoordError } from '../../src/base/errors.js'
import { openSession } from '../../src/open-session.js'
import type { Session } from '../../src/workspace/session.js'
import { giveIdentity } from '../support/give-identity.js'
import type { Random } from './random.js'

/** That a run was told to have something alone: from when, until when at most. Milliseconds since 1970. */
export interface Belief {
  readonly run: string
  readonly what: string
  readonly from: number
  until: number
}

export interface ExclusivePlace {
  /** One run for each working tree: those of one name in two places are two. */
  readonly run: string
  readonly place: string
  readonly session: Session
  readonly beliefs: Belief[]
  /** What no fault excuses. */
  readonly surprises: string[]
  readonly random: Random
  readonly signal: AbortSignal
}

/** Opens a store of its own, in step by its verbs alone. */
export async function openPlace(
  directory: string,
  place: { readonly hub: string; readonly slug: string; readonly owner: Parameters<typeof giveIdentity>[2] },
): Promise<Session> {
  mkdirSync(join(directory, '.muse', 'coordination'), { recursive: true })
  const env = { HOME: join(directory, 'home') }
  mkdirSync(env.HOME)
  giveIdentity(env, place.hub, place.owner)
  return openSession({ directory, env, hub: place.hub, owner: place.owner.handle, slug: place.slug })
}

const ADDRESSES = ['shared/a.ts', 'shared/', 'shared/b.ts']
const TTL_SECONDS = 10

/** Reserves, extends and gives back addresses that others want too, until the end, and writes down what it was told. */
export async function holdAlone(place: ExclusivePlace): Promise<void> {
  const { run: runId, session, random, signal } = place
  while (!signal.aborted) {
    const address = ADDRESSES[random.between(0, ADDRESSES.length - 1)] as string
    const told = await ask(place, () =>
      reserve(session, { addresses: [`:/${address}`], runId, ttlSeconds: TTL_SECONDS, deny: true }),
    )
    if (told?.status === 'ok') await hold(place, address, told)
    else if (told !== null && told.conflicts.length === 0) {
      place.surprises.push(`${runId} was refused ${address}, and not told by whom`)
    }
    // They shall not take the machine from those who write as fast as they can.
    await sleep(random.between(100, 300))
  }
}

async function hold(
  place: ExclusivePlace,
  what: string,
  told: { readonly reservationId: string | null; readonly expiresAt: string | null },
): Promise<void> {
  const { run: runId, session, random, beliefs } = place
  const reservationId = told.reservationId as string
  const belief: Belief = {
    run: `${runId}@${place.place}`,
    ...{ what, from: Date.now(), until: Date.parse(told.expiresAt ?? '') },
  }
  beliefs.push(belief)
  await sleep(random.between(0, 300))
  if (random.next() < 0.5) {
    const beaten = await ask(place, () => heartbeat(session, { runId, reservationId }))
    const extended = beaten?.reservations.find((one) => one.reservationId === reservationId)
    if (extended !== undefined) belief.until = Date.parse(extended.extendedExpiresAt)
    // Who is told that it is lost stops at once.
    if (beaten?.status === 'lost') belief.until = Math.min(belief.until, Date.now())
  }
  await sleep(random.between(0, 300))
  belief.until = Math.min(belief.until, Date.now())
  await ask(place, () => release(session, { runId, reservations: [reservationId] }))
}

/** What may come of any question: a hub that cannot be asked, another holder, a run of the same name elsewhere. */
const EXPECTED: readonly string[] = ['hub_error', 'unavailable', 'lease_lost', 'held', 'namesake']

/** `null`: it was refused, as may be. */
async function ask<T>({ run, surprises }: ExclusivePlace, question: () => Promise<T>): Promise<T | null> {
  try {
    return await question()
  } catch (error) {
    const { status, message } = asCoordError(error)
    if (!EXPECTED.includes(status)) surprises.push(`${run}: ${message}`)
    return null
  }
}

/** Two who were told to have what meets, at one time. */
export function overlapsIn(beliefs: readonly Belief[]): string[] {
  return beliefs.flatMap((one, index) =>
    beliefs
      .slice(index + 1)
      .filter((other) => one.run !== other.run && meet(one.what, other.what))
      .filter((other) => one.from < other.until && other.from < one.until)
      .map(
        (other) =>
          `${one.run} has ${one.what} and ${other.run} ${other.what}, both at ${Math.max(one.from, other.from)}`,
      ),
  )
}

function meet(one: string, other: string): boolean {
  return one === other || one.endsWith('/') || other.endsWith('/')
}
