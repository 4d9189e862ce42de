import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import type { Machine } from '../support/machine.js'
import { documentOf } from '../support/run-cli.js'
import { runExecutable } from '../support/run-executable.js'
import { createSwarm } from '../support/swarm.js'
import { trustPlugins } from '../support/trust-plugins.js'

const PROJECT = path.resolve(import.meta.dirname, '../..')

/** A machine where the package was installed: beside it lies the library, which is another copy than the program's own. */
async function withReviews(machine: Machine): Promise<Machine> {
  const modules = path.join(machine.root, 'node_modules')
  fs.cpSync(path.join(PROJECT, 'test/fixtures/muse-kind-review'), path.join(modules, 'muse-kind-review'), {
    recursive: true,
  })
  fs.symlinkSync(PROJECT, path.join(modules, 'muse-coord'))
  const settings = 'plugins = ["muse-kind-review"]\n[plugins.muse-kind-review]\nttl = 120\n'
  fs.appendFileSync(path.join(machine.root, '.muse/config.toml'), settings)
  await trustPlugins(machine)
  return machine
}

async function run(machine: Machine, ...argv: string[]) {
  const ended = await runExecutable(machine, [...argv, '--json'])
  return { exitCode: ended.exitCode, stderr: ended.stderr, document: documentOf(ended) }
}

describe('verbs of somebody else’s that import the library beside them', () => {
  it('take, lose, keep in step and give back a lease of a hub', async () => {
    const swarm = await createSwarm()
    const here = await withReviews(await swarm.machine())
    const there = await withReviews(await swarm.machine({ signer: swarm.gabriel }))
    expect(await run(here, 'review', 'take', 'pr-7', '--run-id', 'a', '--note', 'the lexer')).toMatchObject({
      ...{ exitCode: 0, stderr: '', document: { review_id: 'pr-7', token: 1, seconds: 120 } },
    })
    expect(await run(there, 'review', 'news')).toMatchObject({
      ...{ exitCode: 0, document: { events: expect.arrayContaining(['pulled']) } },
    })
    expect(there.record('review/pr-7')).toMatchObject({ run_id: 'a', token: 1 })
    expect(await run(there, 'review', 'take', 'pr-7', '--run-id', 'b')).toMatchObject({
      exitCode: 6,
      document: { status: 'held', error: expect.stringMatching(/^The review pr-7 is held by the run a/) },
    })
    expect(await run(here, 'review', 'done', 'pr-7', '--run-id', 'a')).toMatchObject({ exitCode: 0 })
  })
})
