import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { knownPrograms } from '../../plugins/agents/agent-run.js'
import { hook } from '../../plugins/agents/hook.js'
import { readUnchecked } from '../../plugins/agents/unchecked.js'
import { doctor, init, openSession, reserve, status } from '../../src/index.js'
import type { AgentProgram } from '../../src/plugin.js'
import { repository } from '../support/git.js'
import { EXECUTABLE } from '../support/run-executable.js'
import { temporaryDirectory } from '../support/temporary-directory.js'
import { type RecordedEvent, type RecordedProgram, recordedPrograms } from './recorded-events.js'

const CLAUDE = recordedPrograms.find(({ name }) => name === 'claude') as RecordedProgram

let root: string
let env: Record<string, string>
let said: string[]

beforeEach(async () => {
  const place = temporaryDirectory()
  root = repository(path.join(place, 'repo'), { 'src/a.ts': 'a\n', 'src/b.ts': 'b\n' })
  env = { HOME: place, PATH: process.env.PATH ?? '' }
  said = []
  init(await sessionAt())
  await reserve(await sessionAt(), { addresses: ['src/a.ts'], runId: 'agent-9', ttlSeconds: 600, deny: true })
})

function sessionAt() {
  return openSession({ directory: root, env, onNote: (sentence) => said.push(sentence) })
}

async function call({ event, input }: RecordedEvent, of = 'claude') {
  const session = await sessionAt()
  const program = knownPrograms(session).find(({ name }) => name === of) as AgentProgram
  return hook(session, { program, eventName: event, input: { text: JSON.stringify(input) } })
}

const at = () => ({ cwd: root, sessionId: '01990b52-7c1d-7a04-9d2e-9f3c1a2b3c4d' })
const edit = (file: string) => call(CLAUDE.beforeEdit(at(), file))

/** A plain file in the place of a directory, which nobody can write into, root neither. Returns how it comes back. */
function block(name: string): () => void {
  const whole = path.resolve(root, '.muse/coordination', name)
  const aside = `${whole}.aside`
  if (fs.existsSync(whole)) fs.renameSync(whole, aside)
  fs.writeFileSync(whole, '')
  return () => {
    fs.rmSync(whole)
    if (fs.existsSync(aside)) fs.renameSync(aside, whole)
  }
}

function unsettle(line: string): () => void {
  const file = path.join(root, '.muse/config.toml')
  const text = fs.readFileSync(file, 'utf8')
  fs.writeFileSync(file, `${text}${line}\n`)
  return () => fs.writeFileSync(file, text)
}

function openToAll(): () => void {
  const store = path.join(root, '.muse')
  const { mode } = fs.statSync(store)
  fs.chmodSync(store, 0o777)
  return () => fs.chmodSync(store, mode & 0o777)
}

describe('what another run holds', () => {
  it.each(['.sync/agents', '.order'])('is refused also where %s cannot be written, and that is said', async (name) => {
    block(name)
    const { answer, fault } = await edit('src/a.ts')
    expect(CLAUDE.denial(answer)).toContain('src/a.ts is held by the run agent-9')
    expect(fault).toBeNull()
    expect(said.join('\n')).toContain(name)
  })
})

describe('a call that could not be checked', () => {
  it.each<[string, () => () => void]>([
    ['a directory of records cannot be read', () => block('reservations')],
    ['the whole store cannot', () => block('../coordination')],
    ['the settings cannot be understood', () => unsettle('[hub')],
    ['the store is not believed, for everybody may write it', openToAll],
  ])('counts until one is, also where its own answer has told of it, and is told once: %s', async (_fault, breakIt) => {
    const unblock = breakIt()
    for (const _ of [1, 2]) {
      const { answer } = await edit('src/b.ts')
      expect(CLAUDE.context(answer)).toContain('coordination was not checked: ')
    }
    unblock()
    expect(readUnchecked(await sessionAt())).toMatchObject({ count: 2 })
    expect((await status(await sessionAt())).attention).toContainEqual(
      expect.objectContaining({ what: 'edits_unchecked' }),
    )
    const { findings } = await doctor(await sessionAt())
    expect(findings).toContainEqual(expect.objectContaining({ check: 'hooks', isOk: false }))
    expect(await edit('src/b.ts')).toEqual({ answer: null, fault: null })
    expect(readUnchecked(await sessionAt())).toBeNull()
  })

  it.each<[string, () => () => void]>([
    ['settings that say nothing', () => unsettle('[hub')],
    ['a store that it does not believe', openToAll],
  ])('is told to the model where the program that agents start finds %s, and counts', async (_fault, breakIt) => {
    const unbreak = breakIt()
    const { input } = CLAUDE.beforeEdit(at(), 'src/a.ts')
    const options = { cwd: root, env, input: JSON.stringify(input), encoding: 'utf8' } as const
    const { status: code, stdout } = spawnSync(process.execPath, [EXECUTABLE, 'hook', 'claude'], options)
    expect(code).toBe(0)
    expect(CLAUDE.context(JSON.parse(stdout))).toContain('coordination was not checked: ')
    unbreak()
    expect(readUnchecked(await sessionAt())).toMatchObject({ count: 1 })
  })

  it.each(recordedPrograms)('is one beside a record of which half is left: $name', async (program) => {
    const whole = path.join(root, '.muse/coordination/reservations')
    const [name = ''] = fs.readdirSync(whole)
    const file = path.join(whole, name)
    const text = fs.readFileSync(file, 'utf8')
    fs.writeFileSync(file, text.slice(0, 60))
    const before = await call(program.beforeEdit(at(), 'src/a.ts'), program.name)
    expect(program.denial(before.answer)).toBeFalsy()
    expect(before.fault).toContain(file)
    expect((await status(await sessionAt())).attention).toContainEqual(
      expect.objectContaining({ what: 'edits_unchecked', message: expect.stringContaining(file) }),
    )
    const after = await call(program.afterEdit(at(), 'src/a.ts'), program.name)
    const heard = [before, after].map(({ answer }) => String(program.context(answer) ?? '')).join('\n')
    expect(heard.match(/coordination was not checked: \S+json /g)).toHaveLength(1)
    fs.writeFileSync(file, text)
    expect(await call(program.beforeEdit(at(), 'src/b.ts'), program.name)).toEqual({ answer: null, fault: null })
    expect(readUnchecked(await sessionAt())).toBeNull()
  })

  it('is one beside half a record where a shell has written, and only there', async () => {
    await call(CLAUDE.start(at()))
    fs.writeFileSync(path.join(root, '.muse/coordination/reservations/half.json'), '{"run_id": "agent-9", "addr')
    expect(await call(CLAUDE.afterShell(at(), 'true'))).toEqual({ answer: null, fault: null })
    fs.appendFileSync(path.join(root, 'src/b.ts'), 'more\n')
    const { answer, fault } = await call(CLAUDE.afterShell(at(), 'sed …'))
    expect(fault).toContain('half.json')
    expect(CLAUDE.context(answer)).toMatch(/not checked: \S+half\.json [\s\S]*your command wrote src\/b\.ts/)
    expect(readUnchecked(await sessionAt())).toMatchObject({ count: 1 })
  })

  it('is told by the next answer that has room for it: a refusal has none', async () => {
    const program = knownPrograms(await sessionAt()).find(({ name }) => name === 'claude') as AgentProgram
    await hook(await sessionAt(), { program, eventName: null, input: { text: 'Killed' } })
    expect(CLAUDE.denial((await edit('src/a.ts')).answer)).toContain('is held by')
    expect(readUnchecked(await sessionAt())).toMatchObject({ count: 1 })
    expect(CLAUDE.context((await edit('src/b.ts')).answer)).toContain('coordination was not checked: What ')
    expect(readUnchecked(await sessionAt())).toBeNull()
  })

  it('counts where nothing could be written but its file, on a full disk', async () => {
    const folder = path.join(root, '.muse/coordination/.sync/unchecked')
    fs.mkdirSync(folder, { recursive: true })
    fs.writeFileSync(path.join(folder, 'unknown'), '')
    expect(readUnchecked(await sessionAt())).toMatchObject({ count: 1, at: expect.stringMatching(/^2\d{3}-/) })
    expect(CLAUDE.context((await edit('src/b.ts')).answer)).toContain('could not be written down. Others may hold')
    expect(readUnchecked(await sessionAt())).toBeNull()
  })
})
