import fs from 'node:fs'
import path from 'node:path'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { knownPrograms } from '../../plugins/agents/agent-run.js'
import { guard } from '../../plugins/agents/guard.js'
import { hook } from '../../plugins/agents/hook.js'
import { check, init, openSession, reserve, setup } from '../../src/index.js'
import type { AgentProgram } from '../../src/plugin.js'
import { git, repository } from '../support/git.js'
import { temporaryDirectory } from '../support/temporary-directory.js'
import { recordedPrograms } from './recorded-events.js'

const RUN = 'claude-9f3c1a2b3c4d'
const [claude] = recordedPrograms.filter(({ name }) => name === 'claude')
/** Working trees of git inside of the one that has the store, which git looks into in no two ways alike. */
const NESTED = ['libs/submodule', 'clones/nested'] as const

let root: string
let env: Record<string, string>

beforeEach(async () => {
  const place = temporaryDirectory()
  const other = repository(path.join(place, 'other'), { 'src/x.ts': 'x\n', 'src/y.ts': 'y\n' })
  root = repository(path.join(place, 'repo'), { 'src/x.ts': 'x\n' })
  git(root, 'submodule', '--quiet', 'add', other, NESTED[0])
  git(root, 'commit', '--quiet', '--message', 'Submodule')
  git(root, 'clone', '--quiet', other, NESTED[1])
  const bin = path.join(place, 'bin')
  fs.mkdirSync(bin)
  for (const name of ['claude', 'muse-coord']) fs.writeFileSync(path.join(bin, name), '#!/bin/sh\n', { mode: 0o755 })
  env = { HOME: place, PATH: `${bin}:${process.env.PATH}` }
  init(await openSession({ directory: root, env }))
})

function at(directory: string) {
  return openSession({ directory: path.join(root, directory), env })
}

async function call(moment: 'start' | 'afterShell' | 'turnEnd' | 'beforeEdit', directory = '', argument = 'true') {
  const session = await at(directory)
  const program = knownPrograms(session).find(({ name }) => name === 'claude') as AgentProgram
  const place = { cwd: path.join(root, directory), sessionId: '01990b52-7c1d-7a04-9d2e-9f3c1a2b3c4d' }
  if (claude === undefined) throw new Error('no events of it were recorded')
  const { event, input } = claude[moment](place, argument)
  return hook(session, { program, eventName: event, input: { text: JSON.stringify(input) } })
}

async function holders(address: string) {
  return check(await at(''), { addresses: [`:/${address}`], runId: null }).holders.map(({ runId }) => runId)
}

describe.each(NESTED)('in %s, which lies inside of the tree with the store', (nested) => {
  const write = (file: string) => fs.appendFileSync(path.join(root, nested, file), 'more\n')

  it.each(['', nested])('what a shell has written is noticed by an agent that works in %j', async (directory) => {
    await call('start', directory)
    await call('afterShell', directory)
    write('src/x.ts')
    expect(JSON.stringify(await call('afterShell', directory))).toContain(
      `your command wrote ${nested}/src/x.ts, which`,
    )
    expect(await holders(`${nested}/src/x.ts`)).toEqual([RUN])
    expect(await holders(`${nested}/src/y.ts`)).toEqual([])
  })

  it('what was edited is kept until it is committed there', async () => {
    for (const file of ['src/x.ts', 'src/y.ts']) await call('beforeEdit', nested, file)
    write('src/x.ts')
    await call('turnEnd', nested)
    expect(await holders(`${nested}/src/y.ts`)).toEqual([])
    expect(await holders(`${nested}/src/x.ts`)).toEqual([RUN])
    git(path.join(root, nested), 'commit', '--quiet', '--all', '--message', 'More')
    await call('turnEnd', nested)
    expect(await holders(`${nested}/src/x.ts`)).toEqual([])
  })

  it('a commit is judged by where its files lie', async () => {
    const addresses = [`:/${nested}/src/x.ts`, ':/src/y.ts']
    await reserve(await at(''), { addresses, runId: 'agent-9', ttlSeconds: 60, deny: true })
    for (const [file, status] of [
      ['src/y.ts', 'free'],
      ['src/x.ts', 'held'],
    ] as const) {
      write(file)
      git(path.join(root, nested), 'add', file)
      const guarded = await guard(await at(nested), { hook: 'pre-commit', runId: 'agent-7' })
      expect(guarded.status).toBe(status)
    }
  })

  it('setup tells what is not committed there', async () => {
    expect((await setup(await at(nested), { agents: ['claude'] })).uncommitted).toContain('.claude/settings.json')
  })
})

describe('in a repository that lies in a directory with a store, and without git', () => {
  it('what a shell has written and what is not committed is told from there', async () => {
    const around = path.join(root, '..', 'around')
    repository(path.join(around, 'one'), { 'src/x.ts': 'x\n' })
    root = around
    init(await at(''), { nested: true })
    await call('start', 'one')
    await call('afterShell', 'one')
    fs.appendFileSync(path.join(around, 'one/src/x.ts'), 'more\n')
    expect(JSON.stringify(await call('afterShell', 'one'))).toContain('your command wrote one/src/x.ts, which')
    await call('turnEnd', 'one')
    expect(await holders('one/src/x.ts')).toEqual([RUN])
    git(path.join(around, 'one'), 'commit', '--quiet', '--all', '--message', 'More')
    await call('turnEnd', 'one')
    expect(await holders('one/src/x.ts')).toEqual([])
  })
})
