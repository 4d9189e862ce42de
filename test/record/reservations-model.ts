import { latest } from '../../src/record/merge/latest.js'
import { extendedEnd, keepsOut, type Tenant } from '../../src/record/merge/tenure.js'
import type { Model, Step } from '../support/explore.js'

/** The rules that the program has; each can be put aside, to see what it is for. */
export interface Rules {
  /** The moment of judgement is that at which the hub took the own record; else the own clock's. */
  readonly momentIsTheRecords: boolean
  /** What is there is brought to the end of the space; else to the own record. */
  readonly bringsToTheEnd: boolean
  /** A beat counts only where it came before the end that it goes on from. */
  readonly beatsCountInTime: boolean
  /** A change of a register names the revision that it replaces. */
  readonly beatsNameRevisions: boolean
  /** Another place is another run. */
  readonly placeCounts: boolean
  /** Only what its run was told to have is extended. */
  readonly extendsWhatWasTold: boolean
}

export const ALL_RULES: Rules = {
  momentIsTheRecords: true,
  bringsToTheEnd: true,
  beatsCountInTime: true,
  beatsNameRevisions: true,
  placeCounts: true,
  extendsWhatWasTold: true,
}

/** An agent, and what it does one after the other. All want the same address. */
export interface Actor {
  readonly name: string
  readonly place: string
  readonly does: readonly ('reserve' | 'beat' | 'release')[]
  /** Its process may be killed at any time; what keeps its store in step goes on and beats for it. */
  readonly mayDie?: boolean
}

export interface Stage {
  readonly rules: Rules
  readonly actors: readonly Actor[]
  /** The last hour; the first is 0. */
  readonly hours: number
  /** For how many hours something is held at a time. */
  readonly length: number
  /** How many beats the network may deliver a second time, at any time. */
  readonly copies?: number
  /** Only two holders are a fault, and nothing that leads to them. */
  readonly countsHolders?: boolean
}

interface Reservation {
  readonly id: number
  readonly by: number
  readonly at: number
  readonly until: number
  readonly isReleased: boolean
}

interface Register {
  readonly id: number
  readonly at: number
  readonly revision: number
  readonly from: number
  readonly until: number
  /** The reservation that it extends. */
  readonly of: number
}

interface Space {
  readonly lastId: number
  readonly reservations: readonly Reservation[]
  /** One a name and place. */
  readonly beats: Readonly<Record<string, Register>>
}

type Write =
  | { readonly kind: 'reserve'; readonly until: number }
  | { readonly kind: 'release' }
  | { readonly kind: 'beat'; readonly from: number; readonly until: number; readonly after: number | null }

interface Agent {
  /** Index into what it does. */
  readonly next: number
  /** On its way to the hub. */
  readonly sent: Write | null
  /** What it has asked the hub to write and has not judged yet. */
  readonly awaits: Write['kind'] | null
  /** The space as the hub told it. */
  readonly seen: Space | null
  readonly reservation: number | null
  /** Until when it was told to have it; 0: it was not. */
  readonly believes: number
  readonly isDead: boolean
}

export interface World {
  readonly hour: number
  readonly space: Space
  readonly agents: readonly Agent[]
  readonly copies: readonly (Extract<Write, { kind: 'beat' }> & { readonly by: number })[]
  readonly copiesLeft: number
}

const FRESH: Agent = {
  ...{ next: 0, sent: null, awaits: null, seen: null, reservation: null, believes: 0, isDead: false },
}

/** Agents that reserve, beat and release by a hub: what each sends arrives at any time, and whoever sleeps wakes at any time. */
export function reservationsModel(stage: Stage): Model<World> {
  const { rules, actors, hours, length, copies = 0 } = stage
  const start: World = {
    hour: 0,
    space: { lastId: 0, reservations: [], beats: {} },
    agents: actors.map(() => FRESH),
    copies: [],
    copiesLeft: copies,
  }
  const nameOf = (index: number) => `${actors[index]?.name}@${actors[index]?.place}`
  const tenantOf = (index: number): Tenant => {
    const { name = '', place = '' } = actors[index] ?? {}
    return { runId: name, author: 'ada', place: rules.placeCounts ? place : null }
  }

  function endOf(reservation: Reservation, { beats }: Space): number {
    const beat = beats[nameOf(reservation.by)]
    if (beat?.of !== reservation.id) return reservation.until
    if (!rules.beatsCountInTime) return Math.max(reservation.until, beat.until)
    return extendedEnd(reservation.until, beat)
  }

  function standsBefore(own: Reservation, moment: number, space: Space): Reservation[] {
    const candidate = { tenant: tenantOf(own.by), position: own.id, moment }
    return space.reservations.filter(
      (other) =>
        !other.isReleased &&
        keepsOut(
          { tenant: tenantOf(other.by), position: other.id, isMoved: false, until: endOf(other, space) },
          candidate,
        ),
    )
  }

  /** The hub takes a write, by the time under its lock. */
  function take(
    { lastId, reservations, beats }: Space,
    by: number,
    write: Write,
    at: number,
    of: number | null,
  ): Space {
    const id = lastId + 1
    switch (write.kind) {
      case 'reserve':
        return {
          lastId: id,
          beats,
          reservations: [...reservations, { id, by, at, until: write.until, isReleased: false }],
        }
      case 'release':
        return {
          ...{ lastId: id, beats },
          reservations: reservations.map((one) => (one.id === of ? { ...one, isReleased: true } : one)),
        }
      case 'beat': {
        const stored = beats[nameOf(by)]
        const content = { runId: '', payloadJson: JSON.stringify([write.from, write.until]), expiresAt: null }
        const revision = (write.after ?? 0) + 1
        const ruling = stored
          ? latest.arbitrate(
              { ...content, ...(rules.beatsNameRevisions && { revision, after: write.after }) },
              {
                ...{ runId: '', payloadJson: JSON.stringify([stored.from, stored.until]), expiresAt: null },
                ...{ author: 'ada', token: null, revision: stored.revision },
              },
              { author: 'ada', owner: null, now: at },
            )
          : { written: true }
        if (!ruling.written || of === null) return { lastId, reservations, beats }
        const register = { id, at, revision, from: write.from, until: write.until, of }
        return { lastId: id, reservations, beats: { ...beats, [nameOf(by)]: register } }
      }
    }
  }

  function* steps(world: World): Generator<Step<World>> {
    const { hour, space, agents } = world
    if (hour < hours) yield [`it is ${hour + 1}`, { ...world, hour: hour + 1 }]
    for (const [index, agent] of agents.entries()) yield* stepsOf(world, index, agent)
    for (const [at, copy] of world.copies.entries()) {
      const taken = take(space, copy.by, copy, hour, agents[copy.by]?.reservation ?? null)
      const rest = world.copies.filter((_, other) => other !== at)
      yield [`a copy of ${nameOf(copy.by)}'s beat arrives`, { ...world, space: taken, copies: rest }]
    }
  }

  function* stepsOf(world: World, index: number, agent: Agent): Generator<Step<World>> {
    const { hour, space } = world
    const who = nameOf(index)
    const become = (changes: Partial<Agent>, more: Partial<World> = {}): World => ({
      ...world,
      ...more,
      agents: world.agents.map((one, at) => (at === index ? { ...agent, ...changes } : one)),
    })
    if (agent.sent !== null) {
      const { kind } = agent.sent
      const taken = take(space, index, agent.sent, hour, agent.reservation)
      const reservation = kind === 'reserve' ? taken.lastId : agent.reservation
      yield [`the hub takes ${who}'s ${kind}`, become({ sent: null, reservation }, { space: taken })]
      if (agent.sent.kind === 'beat' && world.copiesLeft > 0) {
        const copies = [...world.copies, { ...agent.sent, by: index }]
        yield [`the network copies ${who}'s beat`, { ...world, copies, copiesLeft: world.copiesLeft - 1 }]
      }
    }
    if (agent.isDead) {
      const extended = rules.extendsWhatWasTold ? agent.believes > hour : agent.reservation !== null
      if (extended && agent.sent === null && space.beats[who] === undefined) {
        const from = space.reservations.find(({ id }) => id === agent.reservation)?.until ?? 0
        const sent: Write = { kind: 'beat', from, until: hour + length, after: null }
        yield [`${who}'s store beats for it`, become({ sent })]
      }
      return
    }
    if (actors[index]?.mayDie && agent.next > 0) {
      yield [`${who} is killed`, become({ isDead: true, awaits: null, seen: null })]
    }
    if (agent.awaits !== null && agent.sent === null && agent.seen === null) {
      yield [`the hub tells ${who} what is there`, become({ seen: space })]
    }
    if (agent.seen !== null) {
      const [verdict, changes] = judged(agent, agent.seen, hour)
      yield [`${who} ${verdict}`, become({ seen: null, awaits: null, ...changes })]
    }
    const does = actors[index]?.does[agent.next]
    if (agent.awaits !== null || agent.sent !== null || does === undefined) return
    const sent = nextWrite(agent, does, world, who)
    if (sent === null) yield [`${who} has nothing to ${does}`, become({ next: agent.next + 1 })]
    else {
      const believes = does === 'release' ? 0 : agent.believes
      yield [`${who} sends its ${does}`, become({ sent, believes, awaits: does, next: agent.next + 1 })]
    }
  }

  function nextWrite(
    { believes }: Agent,
    does: Actor['does'][number],
    { hour, space }: World,
    who: string,
  ): Write | null {
    if (does === 'reserve') return { kind: 'reserve', until: hour + length }
    if (believes <= hour) return null
    if (does === 'release') return { kind: 'release' }
    return { kind: 'beat', from: believes, until: hour + length, after: space.beats[who]?.revision ?? null }
  }

  function judged(agent: Agent, seen: Space, hour: number): readonly [string, Partial<Agent>] {
    const own = seen.reservations.find(({ id }) => id === agent.reservation)
    if (own === undefined || agent.awaits === 'release') return ['is told', {}]
    const known = rules.bringsToTheEnd ? seen : upTo(seen, own.id)
    if (agent.awaits === 'beat') {
      const until = endOf(own, seen)
      const isKept = until > agent.believes && until > hour
      return isKept ? [`has it until ${until}`, { believes: until }] : ['has lost it', { believes: 0 }]
    }
    const moment = rules.momentIsTheRecords ? own.at : hour
    if (standsBefore(own, moment, known).length > 0)
      return ['was not first', { believes: 0, sent: { kind: 'release' } }]
    return own.until > hour ? [`has it until ${own.until}`, { believes: own.until }] : ['is late', { believes: 0 }]
  }

  function fault({ hour, agents, space }: World): string | null {
    const holders = agents.flatMap(({ believes }, index) => (believes > hour ? [index] : []))
    if (holders.length > 1) return `two holders at ${hour}: ${holders.map(nameOf).join(' and ')}`
    if (stage.countsHolders) return null
    for (const { reservation, believes } of agents) {
      const own = space.reservations.find(({ id }) => id === reservation)
      if (own === undefined || believes <= hour) continue
      const [before] = standsBefore(own, hour, space)
      if (before) return `${nameOf(before.by)} stands before the holder ${nameOf(own.by)}`
      if (endOf(own, space) < believes)
        return `${nameOf(own.by)} was told ${believes}, and has it until ${endOf(own, space)}`
    }
    for (const { of } of Object.values(space.beats)) {
      const index = agents.findIndex(({ reservation }) => reservation === of)
      const agent = agents[index]
      if (agent?.isDead && agent.believes === 0) return `${nameOf(index)} was never told, and is extended`
    }
    return null
  }

  return { start, steps, fault }
}

/** What a pull to an id brings: a register that has moved beyond it is not there. */
function upTo({ reservations, beats }: Space, id: number): Space {
  return {
    lastId: id,
    reservations: reservations.filter((one) => one.id <= id),
    beats: Object.fromEntries(Object.entries(beats).filter(([, beat]) => beat.id <= id)),
  }
}
