import { countsIn, eventsIn, heldIn, isDenied, nodesIn, recordsIn, tasksIn } from './answers.js'
import { meetFar, writeFar, writeUnsent } from './furnish.js'
import {
  agentFilesOf,
  DEVICE,
  editOf,
  FRESH,
  invite,
  joinDevice,
  LINE,
  makeRepository,
  signerAt,
  signerAtHub,
  stageOf,
  succeed,
} from './prepare.js'
import type { SoakedVerb } from './soaked-verb.js'
import { OWNER } from './stage.js'

const RIVAL = ['--run-id', 'rival', '--json']
const AGENT = ['--run-id', 'agent', '--json']
const OWN = ['--run-id', 'own', '--json']
const SETUP = ['setup', 'claude', '--scope', 'user', '--json']
/** As {@link writeUnsent} writes it. */
const UNSENT = /^reservations\/unsent/
const KEYGEN_HUB = 'https://hub.example.com'

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
    // There is no other task.
    lostExitCode: 4,
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
    yields: signerAtHub,
  },
  'guard:held': {
    line: ['guard', 'pre-commit', ...AGENT],
    exitCode: 6,
    isOpen: true,
    prepare: stageOf('src/other.ts'),
  },
  'guard:extended': {
    line: ['guard', 'pre-commit', ...AGENT],
    exitCode: 6,
    isOpen: true,
    prepare: stageOf('src/extended.ts'),
  },
  'guard:far': {
    line: ['guard', 'pre-commit', ...AGENT],
    exitCode: 6,
    isOpen: true,
    hasHub: true,
    prepare: async (store, other) => {
      await meetFar(store, other)
      stageOf('src/far.ts')(store)
    },
  },
  'guard:free': { line: ['guard', 'pre-commit', ...AGENT], prepare: stageOf('src/free.ts') },
  setup: { line: SETUP, yields: agentFilesOf },
  'setup:remove': {
    line: [...SETUP, '--remove'],
    prepare: async (store) => void (await succeed(store, SETUP)),
    yields: agentFilesOf,
  },
  join: {
    line: (store) => ['join', store.read(LINE) as string, '-C', FRESH, '--json'],
    hasHub: true,
    ownsKey: true,
    prepare: async (store) => {
      makeRepository(store)
      await invite(store)
    },
    yields: (store) => store.read(`repo/${FRESH}/.muse/config.toml`)?.includes(store.slug),
  },
  register: { line: ['auth', 'register', '--json'], hasHub: true, ownsKey: true, yields: signerAtHub },
  'auth-revoke': {
    line: (store) => ['auth', 'revoke', store.read(DEVICE) as string, '--yes', '--json'],
    hasHub: true,
    ownsKey: true,
    again: [1, 4],
    prepare: joinDevice,
    yields: signerAtHub,
  },
  'auth-keys': { line: ['auth', 'keys', '--json'], hasHub: true },
  'space-grant': { line: ['space', 'grant', OWNER, '--json'], hasHub: true, ownsKey: true },
  'space-revoke': {
    line: ['space', 'revoke', OWNER, '--json'],
    hasHub: true,
    ownsKey: true,
    again: [1, 4],
    prepare: async (store) => void (await succeed(store, ['space', 'grant', OWNER, '--json'])),
  },
  'space-visibility': { line: ['space', 'visibility', 'public', '--json'], hasHub: true },
  'space-invite': { line: ['space', 'invite', '--json'], hasHub: true },
  'space-kind': { line: ['space', 'kind', 'intent', '--merge', 'once', '--json'], hasHub: true },
  'space-show': { line: ['space', 'show', '--json'], hasHub: true },
  'space-log': { line: ['space', 'log', '--json'], hasHub: true },
  run: {
    line: ['run', '--reserve', 'src/free.ts', ...AGENT, '--', 'true'],
    touches: /^(heartbeats|reservations)\//,
    leaves: /^reservations\//,
  },
  'run:held': { line: ['run', '--reserve', 'src/other.ts', '--deny', ...AGENT, '--', 'true'], exitCode: 6 },
  'run:task': {
    line: ['run', '--task', 'open', ...AGENT, '--', 'true'],
    again: [4],
    touches: /^(claims\/open|heartbeats\/agent)\.json/,
    leaves: /^claims\/open\.json/,
  },
  whoami: { line: ['whoami', ...AGENT] },
  prime: { line: ['prime'] },
  kinds: { line: ['kinds', '--json'] },
  trust: { line: ['trust', '--json'] },
  'hook:held': { line: ['hook', 'claude'], input: (store) => editOf(store, 'src/other.ts'), answer: isDenied },
  'hook:extended': { line: ['hook', 'claude'], input: (store) => editOf(store, 'src/extended.ts'), answer: isDenied },
  'hook:free': { line: ['hook', 'claude'], input: (store) => editOf(store, 'src/free.ts') },
}
