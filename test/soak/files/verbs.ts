import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { loadIdentity } from '../../../src/auth/identity-file.js'
import { parseHubUrl } from '../../../src/record/hub-url.js'
import { countsIn, eventsIn, heldIn, isDenied, nodesIn, recordsIn, tasksIn } from './answers.js'
import { meetFar, writeFar, writeUnsent } from './furnish.js'
import type { SoakStore } from './soak-store.js'

/** A command line that is run with a fault in each of its file calls, and what is asked of it. */
export interface SoakedVerb {
  readonly line: readonly string[]
  readonly input?: (store: SoakStore) => string
  readonly hasHub?: boolean
  /** It may replace the key by which its store signs. */
  readonly ownsKey?: boolean
  /** It goes on for ever: it is asked to end when it has said this. */
  readonly endsAt?: RegExp
  /** What is there besides what {@link furnish} makes. */
  readonly prepare?: (store: SoakStore, other: SoakStore) => Promise<void> | void
  /** How it ends without a fault; 0 when left out. */
  readonly exitCode?: number
  /** How it may end when it is run once more as well. */
  readonly again?: readonly number[]
  /** What must be told, unless the fault is: left out, its exit code says all. */
  readonly answer?: (stdout: string) => unknown
  /** Files of records that it may change or remove. */
  readonly touches?: RegExp
  /** Files of records that are over for long, and that it brings to the hub: then they may be removed. */
  readonly sends?: RegExp
  /** It has changed or made one of these where it says that it is done. */
  readonly leaves?: RegExp
  /** What stands on the disk once it was run again: the same, whatever it met the first time. */
  readonly yields?: (store: SoakStore) => unknown
  /** Asks for the same while the verb is stopped: only one of them gets it. Left out: somebody looks at the state. */
  readonly rival?: readonly string[]
}

const RIVAL = ['--run-id', 'rival', '--json']
const AGENT = ['--run-id', 'agent', '--json']
/** As {@link writeUnsent} writes it. */
const UNSENT = /^reservations\/unsent/
/** A repository of git in that of the store. */
const FRESH = 'fresh'
const KEYGEN_HUB = 'https://hub.example.com'
const OWN = ['--run-id', 'own', '--json']

/** `own` has a reservation and a task, `other` too, `far` works on another machine. Names: a verb, and which case of it. */
export const VERBS: Readonly<Record<string, SoakedVerb>> = {
  check: { line: ['check', 'src/other.ts', ...AGENT], exitCode: 6 },
  'check:extended': { line: ['check', 'src/extended.ts', ...AGENT], exitCode: 6 },
  'check:far': { line: ['check', 'src/far.ts', ...AGENT], exitCode: 6, hasHub: true, prepare: meetFar },
  'reserve:held': { line: ['reserve', 'src/other.ts', '--deny', ...AGENT], exitCode: 6 },
  'reserve:extended': { line: ['reserve', 'src/extended.ts', '--deny', ...AGENT], exitCode: 6 },
  'reserve:far': {
    line: ['reserve', 'src/far.ts', '--deny', '--offline', ...AGENT],
    exitCode: 6,
    hasHub: true,
    prepare: meetFar,
  },
  'reserve:alone': {
    line: ['reserve', 'src/free.ts', '--deny', ...AGENT],
    touches: /^heartbeats\/agent\.json/,
    leaves: /^reservations\//,
    rival: ['reserve', 'src/free.ts', '--deny', ...RIVAL],
  },
  'reserve:hub': {
    line: ['reserve', 'src/free.ts', '--deny', ...AGENT],
    hasHub: true,
    touches: /^heartbeats\/agent\.json/,
    leaves: /^reservations\//,
    rival: ['reserve', 'src/free.ts', '--deny', ...RIVAL],
  },
  reserve: {
    line: ['reserve', 'src/free.ts', ...AGENT],
    touches: /^heartbeats\/agent\.json/,
    leaves: /^reservations\//,
  },
  release: { line: ['release', 'src/own.ts', ...OWN], again: [4], leaves: /^releases\// },
  heartbeat: {
    line: ['heartbeat', ...OWN],
    touches: /^(heartbeats|claims)\/(own|mine)\.json/,
    leaves: /^heartbeats\/own/,
  },
  'claim:held': { line: ['claim', 'others', ...AGENT], exitCode: 6 },
  'claim:far': { line: ['claim', 'far', '--offline', ...AGENT], exitCode: 6, hasHub: true, prepare: meetFar },
  'claim:alone': {
    line: ['claim', 'open', ...AGENT],
    touches: /^claims\/open\.json/,
    leaves: /^claims\/open\.json/,
    rival: ['claim', 'open', ...RIVAL],
  },
  'claim:hub': {
    line: ['claim', 'open', ...AGENT],
    hasHub: true,
    touches: /^claims\/open\.json/,
    leaves: /^claims\/open\.json/,
    rival: ['claim', 'open', ...RIVAL],
  },
  'claim:next': {
    line: ['claim', ...AGENT],
    touches: /^claims\/open\.json/,
    leaves: /^claims\/open\.json/,
    rival: ['claim', ...RIVAL],
  },
  complete: { line: ['complete', 'mine', ...OWN], touches: /^claims\/mine\.json/, leaves: /^claims\/mine\.json/ },
  'complete:hub': {
    line: ['complete', 'mine', ...OWN],
    hasHub: true,
    touches: /^claims\/mine\.json/,
    leaves: /^claims\/mine\.json/,
  },
  enqueue: {
    line: ['enqueue', 'A task', '--id', 'new', '--json'],
    again: [1],
    touches: /^tasks\/new\.json/,
    leaves: /^tasks\/new\.json/,
  },
  status: { line: ['status', '--json'], answer: heldIn },
  gc: { line: ['gc', '--json'], touches: /^reservations\/old\d\.json/ },
  'gc:hub': { line: ['gc', '--json'], hasHub: true, prepare: writeUnsent, touches: /^reservations\/old\d\.json/ },
  push: { line: ['sync', 'push', '--json'], hasHub: true, prepare: writeUnsent, sends: UNSENT },
  pull: {
    line: ['sync', 'pull', '--all', '--json'],
    hasHub: true,
    prepare: writeFar,
    leaves: /^remote\/reservation\//,
  },
  leave: {
    line: ['leave', ...OWN],
    touches: /^(heartbeats\/own|claims\/mine|reservations\/.*)\.json/,
    leaves: /^(releases|heartbeats)\//,
  },
  'leave:hub': {
    line: ['leave', ...OWN],
    hasHub: true,
    touches: /^(heartbeats\/own|claims\/mine|reservations\/.*)\.json/,
    leaves: /^(releases|heartbeats)\//,
  },
  'fail-task': {
    line: ['fail-task', 'mine', '--error', 'it does not build', ...OWN],
    touches: /^claims\/mine\.json/,
    leaves: /^claims\/mine\.json/,
  },
  handover: {
    line: ['handover', 'mine', '--to', 'others', '--note', 'half done', ...OWN],
    touches: /^claims\/mine\.json/,
    leaves: /^claims\/mine\.json/,
  },
  withdraw: { line: ['withdraw', 'open', ...OWN], again: [4], touches: /^(claims|tasks)\/open\.json/ },
  intent: { line: ['intent', 'src/own.ts', '--op', 'modify', ...OWN], leaves: /^intents\// },
  tasks: { line: ['tasks', '--json'], answer: tasksIn },
  mine: { line: ['mine', ...OWN], answer: heldIn },
  show: { line: ['show', 'others', '--json'], answer: recordsIn },
  dag: { line: ['dag', '--json'], answer: nodesIn },
  forecast: { line: ['forecast', '--json'], answer: countsIn },
  doctor: { line: ['doctor', '--json'] },
  log: { line: ['log', '--json'], answer: eventsIn },
  'log:far': { line: ['log', '--json'], hasHub: true, prepare: meetFar, answer: eventsIn },
  'wait:held': { line: ['wait', 'src/other.ts', '--timeout', '1', ...AGENT], exitCode: 8 },
  'wait:extended': { line: ['wait', 'src/extended.ts', '--timeout', '1', ...AGENT], exitCode: 8 },
  'wait:task': { line: ['wait', 'others', '--timeout', '1', '--json'], exitCode: 8 },
  'wait:far': {
    line: ['wait', 'src/far.ts', '--timeout', '1', ...AGENT],
    exitCode: 8,
    hasHub: true,
    prepare: meetFar,
  },
  'wait:ended': { line: ['wait', 'old0', '--timeout', '3', '--json'] },
  'watch:new': {
    line: ['sync', 'watch', '--json'],
    hasHub: true,
    endsAt: /"event":"pushed"/,
    sends: UNSENT,
    prepare: writeUnsent,
  },
  'watch:far': {
    line: ['sync', 'watch', '--json'],
    hasHub: true,
    endsAt: /"event":"pulled"/,
    prepare: writeFar,
  },
  init: { line: ['init', '--slug', 'renamed', '--json'], yields: (store) => store.read('repo/.muse/config.toml') },
  'init:new': {
    line: ['init', '-C', FRESH, '--json'],
    prepare: makeRepository,
    yields: (store) =>
      ['config.toml', 'coordination/.gitignore'].map((name) => store.read(`repo/${FRESH}/.muse/${name}`)),
  },
  keygen: {
    line: ['auth', 'keygen', '--hub', KEYGEN_HUB, '--handle', 'ada', '--json'],
    again: [1],
    yields: (store) => signerAt(store, KEYGEN_HUB),
  },
  rotate: {
    line: ['auth', 'rotate', '--json'],
    hasHub: true,
    ownsKey: true,
    yields: (store) => signerAt(store, store.hub as string),
  },
  'hook:held': { line: ['hook', 'claude'], input: (store) => editOf(store, 'src/other.ts'), answer: isDenied },
  'hook:extended': { line: ['hook', 'claude'], input: (store) => editOf(store, 'src/extended.ts'), answer: isDenied },
  'hook:free': { line: ['hook', 'claude'], input: (store) => editOf(store, 'src/free.ts') },
}

function editOf(store: SoakStore, file: string): string {
  const edit = { tool_name: 'Write', tool_input: { file_path: `${store.root}/${file}`, content: '' } }
  return JSON.stringify({ session_id: 'a1b2c3d4', cwd: store.root, hook_event_name: 'PreToolUse', ...edit })
}

function makeRepository(store: SoakStore): void {
  const directory = join(store.root, FRESH)
  mkdirSync(directory)
  execFileSync('git', ['init', '--quiet'], { cwd: directory, env: store.env })
}

/** Whether a store has a key to sign by, which has to be the one that is noted. */
function signerAt(store: SoakStore, hub: string): unknown {
  const identity = loadIdentity(store.env, parseHubUrl(hub))
  return identity && { isBeingReplaced: identity.nextKey !== undefined }
}
