import fs from 'node:fs'
import path from 'node:path'
import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { hook } from '../../plugins/agents/hook.js'
import { firstEdit } from '../../plugins/agents/moments/first-edit.js'
import { PROGRAMS } from '../../plugins/agents/program-table.js'
import type { HookRequest } from '../../plugins/agents/read-event.js'
import { RunNotes } from '../../plugins/agents/run-notes.js'
import { noteUnchecked } from '../../plugins/agents/unchecked.js'
import { createContainer, init, openSession, release, reserve } from '../../src/index.js'
import { git, repository } from '../support/git.js'
import { temporaryDirectory } from '../support/temporary-directory.js'
import { type RecordedEvent, recordedPrograms } from './recorded-events.js'

const SESSION_ID = '01990b52-7c1d-7a04-9d2e-9f3c1a2b3c4d'
const RUN_ID = 'claude-9f3c1a2b3c4d'

let root: string
let env: Record<string, string>
let container: Awaited<ReturnType<typeof createContainer>>

beforeAll(async () => {
  container = await createContainer()
})

beforeEach(async () => {
  const place = temporaryDirectory()
  root = repository(path.join(place, 'repo'), { 'src/a.ts': 'a\n', 'src/b.ts': 'b\n' })
  env = { HOME: place, PATH: process.env.PATH ?? '' }
  init(await session())
  // The first command marks the store as one of here.
  await reserve(await session(), { addresses: ['README.md'], runId: 'marker', ttlSeconds: 60 })
})

const session = () => openSession({ container, directory: root, env })

function requestOf(name: string, { event, input }: RecordedEvent): HookRequest {
  const program = PROGRAMS.find((one) => one.name === name)
  if (program === undefined) throw new Error(name)
  return { program, eventName: event, input: { text: JSON.stringify(input) } }
}

const place = () => ({ cwd: root, sessionId: SESSION_ID })

describe.each(recordedPrograms)('before an edit of $name', (program) => {
  const before = () => requestOf(program.name, program.beforeEdit(place(), 'src/a.ts'))
  const after = () => requestOf(program.name, program.afterEdit(place(), 'src/a.ts'))

  it('the index alone answers, once the run has the file', async () => {
    expect(firstEdit(root, env, before())).toBeUndefined()
    await hook(await session(), before())
    await hook(await session(), after())
    const { answer, fault } = await hook(await session(), before())
    expect(fault).toBeNull()
    // The hook has changed nothing by that.
    expect(firstEdit(root, env, before())).toEqual(answer)
  })

  it('the index alone answers no other event', async () => {
    await hook(await session(), before())
    await hook(await session(), after())
    for (const event of [program.start(place()), program.afterEdit(place(), 'src/a.ts'), program.end(place())])
      expect(firstEdit(root, env, requestOf(program.name, event))).toBeUndefined()
  })
})

describe('before an edit of what the run has already', () => {
  const [claude] = recordedPrograms as [(typeof recordedPrograms)[number]]
  const editOf = (file: string, sessionId = SESSION_ID) =>
    requestOf('claude', claude.beforeEdit({ cwd: root, sessionId }, file))
  const first = (file = 'src/a.ts') => firstEdit(root, env, editOf(file))
  const settle = async () => hook(await session(), requestOf('claude', claude.afterEdit(place(), 'src/a.ts')))

  beforeEach(async () => {
    await hook(await session(), editOf('src/a.ts'))
    await settle()
    expect(first()).toBeNull()
  })

  it('the whole hook is asked of another file, of another session and with another name', () => {
    expect(first('src/b.ts')).toBeUndefined()
    expect(firstEdit(root, env, editOf('src/a.ts', '5c1d'))).toBeUndefined()
    expect(firstEdit(root, { ...env, MUSE_COORD_RUN_ID: 'agent-7' }, editOf('src/a.ts'))).toBeUndefined()
  })

  it.each(['src/a.ts', 'src/', 'src/**', 'src/a.ts::f'])(
    'the whole hook is asked where another run has %s',
    async (address) => {
      await reserve(await session(), { addresses: [address], runId: 'agent-7', ttlSeconds: 600 })
      expect(first()).toBeUndefined()
      await settle()
      expect(first()).toBeUndefined()
    },
  )

  it('what others have elsewhere is in nobody’s way', async () => {
    await reserve(await session(), { addresses: ['src/b.ts', 'docs/'], runId: 'agent-7', ttlSeconds: 600 })
    await settle()
    expect(first()).toBeNull()
  })

  it('the whole hook is asked once the run has given it back', async () => {
    await release(await session(), { runId: RUN_ID, reservations: null })
    expect(first()).toBeUndefined()
    await settle()
    expect(first()).toBeUndefined()
  })

  it('the whole hook is asked where an edit of that file was refused before, and not for another one', async () => {
    const notes = new RunNotes(await session(), RUN_ID)
    notes.addRefused('src/b.ts')
    expect(first()).toBeNull()
    notes.addRefused('src/a.ts')
    expect(first()).toBeUndefined()
  })

  it('the whole hook is asked where something is left to be told', async () => {
    const own = await session()
    noteUnchecked(own, RUN_ID, 'the disk failed', false)
    expect(first()).toBeUndefined()
  })

  it('the whole hook is asked where a file has changed, in place too, or holds no record', async () => {
    const directory = path.join(root, '.muse/coordination/reservations')
    const [name = ''] = fs.readdirSync(directory)
    const file = path.join(directory, name)
    fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace('{', '{ '))
    expect(first()).toBeUndefined()
    await settle()
    expect(first()).toBeNull()
    fs.writeFileSync(path.join(directory, 'half.json'), '{"reservation_id":')
    await settle()
    expect(first()).toBeUndefined()
  })

  it('the whole hook is asked where the settings name a plugin', () => {
    fs.writeFileSync(path.join(root, '.muse/config.toml'), '[coord]\nplugins = ["./locks.js"]\n')
    expect(first()).toBeUndefined()
  })

  it('the whole hook is asked in another working tree', () => {
    git(root, 'worktree', 'add', '-q', '../other')
    const other = path.join(root, '../other')
    const event = claude.beforeEdit({ cwd: other, sessionId: SESSION_ID }, 'src/a.ts')
    expect(firstEdit(other, env, requestOf('claude', event))).toBeUndefined()
    expect(firstEdit(root, env, requestOf('claude', event))).toBeUndefined()
  })
})
