import { lease } from '../../src/record/merge/lease.js'
import type { Incoming, Ruling, Stored } from '../../src/record/merge/rule.js'
import type { Model, Step } from '../support/explore.js'

/** What clients do so that the hub's rule can work; each can be put aside, to see what it is for. */
export interface Rules {
  /** Texts name their token and revision. */
  readonly areNumbered: boolean
  /** A text has its revision for good; else it gets the next one when it is sent. */
  readonly keepRevisions: boolean
  /** The first revision belongs to the text that claimed, and to no other one that is sent as a change. */
  readonly leaveFirst: boolean
  /** What was refused as older is written anew, of that moment; else the older text gets a higher revision. */
  readonly writesAnew: boolean
  /** A claim names the place of its run. */
  readonly namePlaces: boolean
  /** A live tenure of the own name is the own one only in the place that it was granted to. */
  readonly adoptNobody: boolean
  /** Only who is waited for asks for a lease again; a push that was refused leaves it at that. */
  readonly pushesAskOnce: boolean
}

export const ALL_RULES: Rules = {
  areNumbered: true,
  keepRevisions: true,
  leaveFirst: true,
  writesAnew: true,
  namePlaces: true,
  adoptNobody: true,
  pushesAskOnce: true,
}

/** `write`: a claim or a renewal without the hub, which a push is to tell it. */
type Verb = 'claim' | 'renew' | 'release' | 'finish' | 'write' | 'push'

/** A process of a store, and what it does one after the other. Between any two steps it may sleep. */
export interface Worker {
  /** Index of its store. */
  readonly store: number
  readonly does: readonly Verb[]
}

export interface Stage {
  readonly rules: Rules
  /** The name of the run that works in each store. */
  readonly runs: readonly string[]
  readonly workers: readonly Worker[]
  /** The last hour; the first is 0. */
  readonly hours: number
  /** For how many hours a claim is asked for; a renewal is for one more. */
  readonly length: number
  /** How many requests the network may deliver a second time, at any time. */
  readonly copies?: number
  /** How often what may be deleted of a store is deleted, at any time: what the hub is known to hold. */
  readonly deletions?: number
}

/** What stands in a file, or is about to. An end of `null` is for good. */
interface Text {
  readonly until: number | null
  readonly token: number | null
  /** `null`: it is a claim. */
  readonly revision: number | null
}

interface Store {
  readonly file: Text | null
  /** The hub is known to hold the file as it is. */
  readonly isSent: boolean
  /** The last token that it knows. */
  readonly token: number | null
  /** That of the tenure which its run was granted; `null`: none, or it is lost. */
  readonly granted: number | null
  /** Until when its run believes to have it; 0: it does not. */
  readonly believes: number
  /** It was told that it has lost what it had. */
  readonly hasLost: boolean
  /** The last revision that was sent, for those who give it at sending. */
  readonly lastSent: number
}

interface Process {
  readonly done: number
  readonly drafted: Text | null
  /** What a push has read. */
  readonly read: Text | null
  readonly isWaiting: boolean
  readonly hasAskedAgain: boolean
  /** It has heard that it was granted under this token, and has yet to write so. */
  readonly toWrite: number | null
}

type Answer = {
  readonly isGranted: boolean
  readonly token: number | null
  readonly revision: number
  readonly heldBy: string | null
}
type Message =
  | { readonly by: number; readonly text: Text; readonly isCopy: boolean }
  | { readonly to: number; readonly answer: Answer }

interface State {
  readonly hour: number
  readonly row: Stored | null
  readonly network: readonly Message[]
  readonly stores: readonly Store[]
  readonly processes: readonly Process[]
  readonly copies: number
  readonly deletions: number
}

const BEGIN = Date.parse('2026-03-18T00:00:00Z')
const timeOf = (hour: number) => BEGIN + hour * 3_600_000
const isoOf = (hour: number | null) => (hour === null ? null : new Date(timeOf(hour)).toISOString())
const hourOf = (iso: string | null) => (iso === null ? Number.POSITIVE_INFINITY : (Date.parse(iso) - BEGIN) / 3_600_000)
const isLive = ({ until }: Text, hour: number) => until === null || until > hour
const isSameText = (one: Text | null, other: Text | null) => JSON.stringify(one) === JSON.stringify(other)
/** Has passed on every clock. */
const LONG_AGO = -1
/** That of the text which claimed. */
const FIRST_REVISION = 1

const NEW_STORE: Store = {
  ...{ file: null, isSent: false, token: null, granted: null },
  ...{ believes: 0, hasLost: false, lastSent: 0 },
}
const IDLE: Omit<Process, 'done'> = {
  ...{ drafted: null, read: null, isWaiting: false, hasAskedAgain: false, toWrite: null },
}

export function leasesModel(stage: Stage): Model<State> {
  const { rules, runs, workers, hours, length, copies = 0, deletions = 0 } = stage
  const storeOf = (process: number) => (workers[process] as Worker).store
  const runOf = (process: number) => runs[storeOf(process)] as string
  const nameOf = (process: number) => `process ${process} of ${runOf(process)}`

  function incoming(by: number, { until, token, revision }: Text): Incoming {
    const place = rules.namePlaces ? storeOf(by) : 'anywhere'
    const content = {
      runId: runOf(by),
      payloadJson: JSON.stringify({ place, until, token, revision }),
      expiresAt: isoOf(until),
    }
    if (!rules.areNumbered) return content
    return { ...content, token, ...(revision !== null && { revision }) }
  }

  /** What the hub makes of a request, by the rule of the program. */
  function judge({ row, hour }: State, by: number, text: Text): { row: Stored | null; answer: Answer } {
    const record = incoming(by, text)
    const asker = { author: 'ada', owner: null, now: timeOf(hour) }
    const ruling: Ruling = row === null ? lease.begin(record, 0) : lease.arbitrate(record, row, asker)
    const content = { runId: record.runId, payloadJson: record.payloadJson, expiresAt: record.expiresAt }
    const next = ruling.written ? { ...content, author: 'ada', token: ruling.token, revision: ruling.revision } : row
    const isHeld = next !== null && hourOf(next.expiresAt) > hour
    const isGranted = (ruling.written || ruling.conflict === null) && (isHeld || text.until === LONG_AGO)
    const stands = { token: next?.token ?? null, revision: next?.revision ?? 0, heldBy: isHeld ? next.runId : null }
    return { row: next, answer: { isGranted, ...stands } }
  }

  function* steps(state: State): Generator<Step<State>> {
    if (state.hour < hours) yield [() => `${state.hour + 1} o'clock`, pass(state)]
    for (const [index, message] of state.network.entries()) {
      const rest = state.network.filter((_, other) => other !== index)
      if ('by' in message) yield* deliver(state, message, rest)
      else {
        const label = () => `${nameOf(message.to)} hears ${JSON.stringify(message.answer)}`
        yield [label, hear({ ...state, network: rest }, message.to, message.answer)]
      }
    }
    for (const process of workers.keys()) yield* stepOf(state, process)
    for (const [index, { isSent }] of state.stores.entries()) {
      if (state.deletions === 0 || !isSent) continue
      const left = { ...state, deletions: state.deletions - 1 }
      yield [() => `what store ${index} may forget is deleted`, withStore(left, index, { isSent: false })]
    }
  }

  function* deliver(
    state: State,
    message: Extract<Message, { by: number }>,
    rest: readonly Message[],
  ): Generator<Step<State>> {
    const { row, answer } = judge(state, message.by, message.text)
    const heard: Message[] = message.isCopy ? [] : [{ to: message.by, answer }]
    const label = () => `the hub takes ${JSON.stringify(message.text)} of ${nameOf(message.by)}`
    yield [label, { ...state, row, network: inAnyOrder([...rest, ...heard]) }]
    if (state.copies === 0 || message.isCopy) return
    const network = inAnyOrder([...rest, { ...message, isCopy: true }, ...heard])
    yield [() => `${label()}, and keeps a copy`, { ...state, row, copies: state.copies - 1, network }]
  }

  function* stepOf(state: State, process: number): Generator<Step<State>> {
    const own = state.processes[process] as Process
    const store = state.stores[storeOf(process)] as Store
    const verb = workers[process]?.does[own.done]
    if (verb === undefined || own.isWaiting) return
    if (own.toWrite !== null) yield [() => `${nameOf(process)} writes`, write(state, process, own.toWrite)]
    else if (own.drafted !== null) yield [() => `${nameOf(process)} sends`, send(state, process, own.drafted)]
    else {
      const drafted = draft(verb, store, state.hour)
      if (drafted === null) yield [() => `${nameOf(process)} has nothing to ${verb}`, finish(state, process)]
      else
        yield [
          () => `${nameOf(process)} is to ${verb} ${JSON.stringify(drafted)}`,
          begin(state, process, verb, drafted),
        ]
    }
  }

  function draft(verb: Verb, store: Store, hour: number): Text | null {
    const { file, granted, token, believes } = store
    if (verb === 'push') return file === null || store.isSent ? null : ordered(file, store)
    const holds = believes > hour
    const next = (until: number | null) => ({ until, token: granted, revision: (file?.revision ?? FIRST_REVISION) + 1 })
    if (verb === 'claim' || verb === 'write') {
      if (holds && verb === 'claim') return null
      const isInTenure = granted !== null && file !== null && isLive(file, hour)
      return isInTenure ? next(hour + length + 1) : { until: hour + length, token, revision: null }
    }
    if (!holds) return null
    return next(verb === 'renew' ? hour + length + 1 : verb === 'finish' ? null : LONG_AGO)
  }

  /** A claim that was granted goes on as the first change of its tenure. */
  function ordered(text: Text, { granted }: Store): Text {
    return text.revision !== null || granted === null ? text : { ...text, token: granted, revision: FIRST_REVISION }
  }

  function begin(state: State, process: number, verb: Verb, drafted: Text): State {
    const index = storeOf(process)
    if (verb === 'write') {
      const isClaim = drafted.revision === null
      return finish(
        withStore(state, index, { file: drafted, isSent: false, ...(isClaim && { granted: null }) }),
        process,
      )
    }
    const isEnding = verb === 'release' || verb === 'finish'
    const read = verb === 'push' ? (state.stores[index] as Store).file : null
    return withProcess(isEnding ? withStore(state, index, { believes: 0 }) : state, process, { drafted, read })
  }

  function send(state: State, process: number, drafted: Text): State {
    const index = storeOf(process)
    const { lastSent } = state.stores[index] as Store
    const isKept = rules.keepRevisions || drafted.revision === null
    const text = isKept ? drafted : { ...drafted, revision: Math.max(lastSent, drafted.revision ?? 0) + 1 }
    const counted = isKept ? state : withStore(state, index, { lastSent: text.revision as number })
    const network = inAnyOrder([...state.network, { by: process, text, isCopy: false }])
    return withProcess({ ...counted, network }, process, { isWaiting: true })
  }

  function hear(state: State, to: number, answer: Answer): State {
    const { drafted, read, done } = state.processes[to] as Process
    const verb = workers[to]?.does[done]
    if (drafted === null || verb === undefined) return state
    if (verb === 'push') return hearPushed(state, to, answer, drafted, read)
    if (answer.isGranted) return withProcess(state, to, { isWaiting: false, toWrite: answer.token })
    const store = state.stores[storeOf(to)] as Store
    const known = withStore(state, storeOf(to), { token: answer.token })
    const isOwn = answer.heldBy === runOf(to) && answer.token === store.granted
    const again = isClaimOrRenewal(verb) ? nextText(verb, drafted, answer, isOwn, state.hour) : null
    if (again !== null && !(state.processes[to] as Process).hasAskedAgain) return ask(known, to, again)
    if (verb === 'claim' || isOwn) return finish(known, to)
    return finish(lose(known, storeOf(to)), to)
  }

  /** What somebody asks for again who is waited for; `null`: nothing. */
  function nextText(verb: Verb, { until }: Text, answer: Answer, isOwn: boolean, hour: number): Text | null {
    const { token, revision, heldBy } = answer
    if (heldBy === null) return verb === 'claim' ? { until: hour + length, token, revision: null } : null
    if (!isOwn && (rules.adoptNobody || verb !== 'claim')) return null
    const ends = rules.writesAnew ? hour + length + 1 : until
    return { until: ends, token, revision: Math.max(revision, rules.leaveFirst ? FIRST_REVISION : 0) + 1 }
  }

  function hearPushed(state: State, to: number, answer: Answer, sent: Text, read: Text | null): State {
    const index = storeOf(to)
    const store = state.stores[index] as Store
    const isThere = isSameText(store.file, read)
    if (answer.isGranted) {
      const granted = isLive(sent, state.hour) ? { granted: answer.token, token: answer.token } : {}
      return finish(withStore(state, index, { ...granted, ...(isThere && { isSent: true }) }), to)
    }
    const mayAsk = !(state.processes[to] as Process).hasAskedAgain
    if (!isThere) {
      if (!mayAsk || store.file === null || store.isSent) return finish(state, to)
      return withProcess(ask(state, to, ordered(store.file, store)), to, { read: store.file })
    }
    const { token, revision, heldBy } = answer
    const isOfOwnName = heldBy === runOf(to)
    // Two texts bear one revision when somebody wrote into the file of the first.
    const isRewritten = isOfOwnName && sent.token === token && sent.revision === revision
    if (mayAsk && isRewritten) return ask(state, to, { ...sent, revision: revision + 1 })
    if (mayAsk && heldBy === null && !rules.pushesAskOnce) return ask(state, to, { ...sent, token, revision: null })
    if (isOfOwnName && token === store.granted) return finish(state, to)
    return finish(lose(state, index), to)
  }

  function write(state: State, process: number, token: number): State {
    const { drafted: text, done } = state.processes[process] as Process
    const index = storeOf(process)
    const { file, ...store } = state.stores[index] as Store
    if (text === null) return state
    const isOlder = file !== null && store.token === token && (file.revision ?? 0) > (text.revision ?? 0)
    if (isOlder || (store.token ?? 0) > token) return finish(state, process)
    const believes = isClaimOrRenewal(workers[process]?.does[done]) && isLive(text, state.hour) ? (text.until ?? 0) : 0
    const granted = isLive(text, state.hour) ? token : null
    return finish(
      withStore(state, index, { file: text, isSent: true, token, granted, believes, hasLost: false }),
      process,
    )
  }

  function ask(state: State, process: number, drafted: Text): State {
    return withProcess(state, process, { drafted, isWaiting: false, hasAskedAgain: true })
  }

  function lose(state: State, index: number): State {
    return withStore(state, index, { file: null, isSent: false, believes: 0, granted: null, hasLost: true })
  }

  function pass(state: State): State {
    const hour = state.hour + 1
    const stores = state.stores.map((store) => (store.believes <= hour ? { ...store, believes: 0 } : store))
    return { ...state, hour, stores }
  }

  function finish(state: State, process: number): State {
    const { done } = state.processes[process] as Process
    return withProcess(state, process, { ...IDLE, done: done + 1 })
  }

  function withProcess(state: State, index: number, change: Partial<Process>): State {
    return { ...state, processes: state.processes.map((one, other) => (other === index ? { ...one, ...change } : one)) }
  }

  function withStore(state: State, index: number, change: Partial<Store>): State {
    return { ...state, stores: state.stores.map((one, other) => (other === index ? { ...one, ...change } : one)) }
  }

  function fault({ hour, row, stores, processes }: State): string | null {
    const holders = stores.flatMap((store, index) => (store.believes > hour ? [index] : []))
    if (holders.length > 1) return `two holders: the stores ${holders.join(' and ')}`
    const isOf = (index: number) => row !== null && row.runId === runs[index]
    for (const index of holders) {
      const { believes } = stores[index] as Store
      if (!isOf(index) || hourOf(row?.expiresAt ?? null) < believes)
        return `store ${index} was told ${believes}, and the hub says otherwise`
    }
    for (const [index, { hasLost, believes }] of stores.entries()) {
      const isBusy = processes.some((one, by) => storeOf(by) === index && (one.isWaiting || one.toWrite !== null))
      const holds = isOf(index) && hourOf(row?.expiresAt ?? null) > hour
      if (hasLost && believes === 0 && holds && !isBusy && runs.filter((run) => run === runs[index]).length === 1) {
        return `store ${index} was told that it has lost what it holds`
      }
    }
    return null
  }

  return {
    start: {
      ...{ hour: 0, row: null, network: [], copies, deletions },
      stores: runs.map(() => NEW_STORE),
      processes: workers.map(() => ({ done: 0, ...IDLE })),
    },
    steps,
    fault,
  }
}

function isClaimOrRenewal(verb: Verb | undefined): boolean {
  return verb === 'claim' || verb === 'renew'
}

/** A network has no order, so that two with the same messages are one state. */
function inAnyOrder(network: readonly Message[]): readonly Message[] {
  return network.length < 2
    ? network
    : network.toSorted((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1))
}
