import { describe, expect, it } from '@jest/globals'
import { PRIME } from '../../plugins/agents/prime.js'
import { commandSet } from '../../src/commands/command-set.js'
import { coreCommands } from '../../src/commands/index.js'
import { createContainer } from '../../src/container.js'
import { createMachine } from '../support/machine.js'
import { runCli } from '../support/run-cli.js'

describe('what models are told', () => {
  it('fits into a kilobyte, and is what prime prints', async () => {
    expect(Buffer.byteLength(PRIME)).toBeLessThan(1024)
    expect((await runCli(await createMachine(), ['prime'])).stdout).toBe(`${PRIME}\n`)
  })

  it('names commands that there are', async () => {
    const commands = commandSet(await createContainer(), coreCommands).map(({ name }) => name)
    const named = [...PRIME.matchAll(/muse-coord ([a-z-]+)(?:, ([a-z-]+))?/g)].flatMap(([, ...names]) => names)
    expect(commands).toEqual(expect.arrayContaining(named.filter(Boolean)))
  })
})
