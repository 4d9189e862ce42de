import { lease } from '../../src/record/merge/lease.js'
import type { Incoming, Ruling, Stored } from '../../src/record/merge/rule.js'
import type { Model, Step } from '../support/explore.js'

/** What clients do so that the hub's rule can work; each can be put aside, to see what it is for. */
export interface Rules {
  /** Texts name their token and revision. */
  readonly areNumbered: boolean
  /** A text has its revision for good; else it gets the next one when it is sent. */
  readonly keepRevisions: boolean
  /** A claim names the place of its run. */
  readonly namePlaces: boolean
  /** A live tenure of the own name is the own one only in the place that it was granted to. */
  readonly adoptNobody: boolean
  /** Only who is waited for asks again; a push that was refused leaves it at that. */
  readonly pushesAskOnce: boolean
}

export const ALL_RULES: Rules = {
  areNumbered: true,
  keepRevisions: true,
  namePlaces: true,
  adoptNobody: true,
  pushesAskOnce: true,
}

/** A process of a store, and what it does one after the other. Between any two steps it may sleep. */
export interface Worker {
  /** Index of its store. */
  readonly store: number
  readonly does: readonly ('claim' | 'renew' | 'release' | 'finish' | 'push')[]
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
  /** The last token that it knows. */
  readonly token: number | null
  /** That of the tenure which its run was granted; `null`: none, or it is lost. */
  readonly granted: number | null
  /** Until when its run believes to have it; 0: it does not. */
  readonly believes: number
  /** It was told that it has lost what it had. */
  readonly hasLost: boolean
}

interface Process {
  readonly done: number
  readonly drafted: Text | null
  readonly isWaiting: boolean
  readonly hasAskedAgain: boolean
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
}

const BEGIN = Date.parse('2026-03-18T00:00:00Z')
const timeOf = (hour: number) => BEGIN + hour * 3_600_000
const isoOf = (hour: number | null) => (hour === null ? null : new Date(timeOf(hour)).toISOString())
const hourOf = (iso: string | null) => (iso === null ? Number.POSITIVE_INFINITY : (Date.parse(iso) - BEGIN) / 3_600_000)
/** Has passed on every clock. */
const LONG_AGO = -1

export function leasesModel(stage: Stage): Model<State> {
  const { rules, runs, workers, hours, length, copies = 0 } = stage
  const storeOf = (process: number) => (workers[process] as Worker).store
  const runOf = (process: number) => runs[storeOf(process)] as string

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
  function take(state: State, by: number, text: Text): { row: Stored | null; answer: Answer } {
    const { row, hour } = state
    const record = incoming(by, text)
    const asker = { author: 'ada', owner: null, now: timeOf(hour) }
    const ruling: Ruling = row === null ? lease.begin(record, 0) : lease.arbitrate(record, row, asker)
    const content = { runId: record.runId, payloadJson: record.payloadJson, expiresAt: record.expiresAt }
    const next = ruling.written ? { ...content, author: 'ada', token: ruling.token, revision: ruling.revision } : row
    const isLive = next !== null && hourOf(next.expiresAt) > hour
    const isGranted = (ruling.written || ruling.conflict === null) && (isLive || text.until === LONG_AGO)
    const stands = { token: next?.token ?? null, revision: next?.revision ?? 0, heldBy: isLive ? next.runId : null }
    return { row: next, answer: { isGranted, ...stands } }
  }

  function* steps(state: State): Generator<Step<State>> {
    if (state.hour < hours) yield [`${state.hour + 1} o'clock`, pass(state)]
    for (const [index, message] of state.network.entries()) {
      const rest = state.network.filter((_, other) => other !== index)
      if ('to' in message) {
        yield [
          `${nameOf(message.to)} hears ${JSON.stringify(message.answer)}`,
          hear({ ...state, network: rest }, message),
        ]
        continue
      }
      const { row, answer } = take(state, message.by, message.text)
      const heard = message.isCopy ? [] : [{ to: message.by, answer }]
      const label = `the hub takes ${JSON.stringify(message.text)} of ${nameOf(message.by)}`
      yield [label, { ...state, row, network: [...rest, ...heard] }]
      if (state.copies > 0 && !message.isCopy) {
        const kept = { ...message, isCopy: true }
        yield [
          `${label}, and keeps a copy`,
          { ...state, row, copies: state.copies - 1, network: [...rest, kept, ...heard] },
        ]
      }
    }
    for (const process of workers.keys()) yield* stepOf(state, process)
  }

  function* stepOf(state: State, process: number): Generator<Step<State>> {
    const own = state.processes[process] as Process
    const store = state.stores[storeOf(process)] as Store
    const what = workers[process]?.does[own.done]
    if (what === undefined || own.isWaiting) return
    if (own.drafted !== null) {
      const text = rules.keepRevisions || own.drafted.revision === null ? own.drafted : renumbered(own.drafted, store)
      const message = { by: process, text, isCopy: false }
      const sent = withProcess({ ...state, network: [...state.network, message] }, process, { isWaiting: true })
      yield [`${nameOf(process)} sends`, sent]
      return
    }
    const drafted = draft(what, store, state.hour)
    const isEnding = what === 'release' || what === 'finish'
    if (drafted === null) yield [`${nameOf(process)} has nothing to ${what}`, finish(state, process)]
    else
      yield [
        `${nameOf(process)} is to ${what} ${JSON.stringify(drafted)}`,
        withProcess(isEnding ? withStore(state, process, { believes: 0 }) : state, process, { drafted }),
      ]
  }

  function draft(what: Worker['does'][number], store: Store, hour: number): Text | null {
    const holds = store.believes > hour
    if (what === 'push') return store.file && ordered(store.file, store)
    if (what === 'claim') return holds ? null : { until: hour + length, token: store.token, revision: null }
    if (!holds) return null
    const until = what === 'renew' ? hour + length + 1 : what === 'finish' ? null : LONG_AGO
    return { until, token: store.token, revision: (store.file?.revision ?? 1) + 1 }
  }

  /** A claim that was granted goes on as the first change of its tenure. */
  function ordered(text: Text, { granted }: Store): Text {
    return text.revision !== null || granted === null ? text : { ...text, token: granted, revision: 1 }
  }

  /** As a client does that counts what it sends, and not what it writes. */
  function renumbered(text: Text, store: Store): Text {
    return { ...text, revision: Math.max(store.file?.revision ?? 0, text.revision ?? 0) + 1 }
  }

  function hear(state: State, { to, answer }: Extract<Message, { to: number }>): State {
    const process = state.processes[to] as Process
    const { drafted: text } = process
    const what = workers[to]?.does[process.done]
    if (text === null || what === undefined) return state
    const store = state.stores[storeOf(to)] as Store
    if (answer.isGranted) {
      if (what === 'push') return finish(state, to)
      const isOvertaken =
        store.file !== null && store.token === answer.token && (store.file.revision ?? 0) > (text.revision ?? 0)
      if (isOvertaken) return finish(state, to)
      const until = text.until ?? 0
      const believes = what === 'claim' || what === 'renew' ? (until > state.hour ? until : 0) : 0
      const file = { ...text, token: text.token }
      return finish(
        withStore(state, to, { file, token: answer.token, granted: answer.token, believes, hasLost: false }),
        to,
      )
    }
    const mayAsk = (what !== 'push' || !rules.pushesAskOnce) && !process.hasAskedAgain
    const known = withStore(state, to, { token: answer.token })
    const asks = (drafted: Text) => withProcess(known, to, { drafted, isWaiting: false, hasAskedAgain: true })
    const until = what === 'push' ? text.until : state.hour + length
    if (mayAsk && answer.heldBy === null && (what === 'claim' || what === 'push')) {
      return asks({ until, token: answer.token, revision: null })
    }
    if (mayAsk && !rules.adoptNobody && answer.heldBy === runOf(to) && what === 'claim') {
      return asks({ until, token: answer.token, revision: answer.revision + 1 })
    }
    const isBehind = answer.heldBy === runOf(to) && answer.token === store.granted
    if (what === 'claim' || isBehind) return finish(known, to)
    return finish(withStore(known, to, { believes: 0, granted: null, hasLost: true }), to)
  }

  function pass(state: State): State {
    const hour = state.hour + 1
    const stores = state.stores.map((store) => (store.believes <= hour ? { ...store, believes: 0 } : store))
    return { ...state, hour, stores }
  }

  function finish(state: State, process: number): State {
    const { done } = state.processes[process] as Process
    return withProcess(state, process, { done: done + 1, drafted: null, isWaiting: false, hasAskedAgain: false })
  }

  function withProcess(state: State, index: number, change: Partial<Process>): State {
    return { ...state, processes: state.processes.map((one, other) => (other === index ? { ...one, ...change } : one)) }
  }

  function withStore(state: State, process: number, change: Partial<Store>): State {
    const index = storeOf(process)
    return { ...state, stores: state.stores.map((one, other) => (other === index ? { ...one, ...change } : one)) }
  }

  function fault({ hour, row, stores }: State): string | null {
    const holders = stores.flatMap((store, index) => (store.believes > hour ? [index] : []))
    if (holders.length > 1) return `two holders: the stores ${holders.join(' and ')}`
    for (const index of holders) {
      const { believes } = stores[index] as Store
      const isIts = row !== null && row.runId === runs[index]
      if (!isIts || hourOf(row.expiresAt) < believes)
        return `store ${index} was told ${believes}, and the hub says otherwise`
    }
    for (const [index, { hasLost, believes }] of stores.entries()) {
      const isIts = row !== null && row.runId === runs[index] && hourOf(row.expiresAt) > hour
      if (hasLost && believes === 0 && isIts && runs.filter((run) => run === runs[index]).length === 1) {
        return `store ${index} was told that it has lost what it holds`
      }
    }
    return null
  }

  const nameOf = (process: number) => `process ${process} of ${runOf(process)}`
  const store: Store = { file: null, token: null, granted: null, believes: 0, hasLost: false }
  const process: Process = { done: 0, drafted: null, isWaiting: false, hasAskedAgain: false }
  return {
    start: {
      ...{ hour: 0, row: null, network: [], copies },
      stores: runs.map(() => store),
      processes: workers.map(() => process),
    },
    steps,
    fault,
  }
}
