import fs from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { createMachine } from '../support/machine.js'
import { runCli } from '../support/run-cli.js'

describe('what an error says', () => {
  it('names no file that the package does not hold', () => {
    const { files } = JSON.parse(fs.readFileSync('package.json', 'utf8')) as { files: string[] }
    const named =
      fs.readFileSync('src/base/errors.ts', 'utf8').match(/\b(?:src|plugins|schemas|test)\/[\w./-]+\w/g) ?? []
    expect(named.length).toBeGreaterThan(0)
    for (const file of named) expect(files.some((shipped) => `${file}/`.startsWith(`${shipped}/`))).toBe(true)
  })

  it.each([
    [['sync', 'pull', '--since', '5'], 'did you mean --since-id?'],
    [['sync', 'pull', '--since-id', '9007199254740993'], '--since-id must be at most 9007199254740991, got'],
    [['sync', 'pull', '--owner', 'a'.repeat(257), '--slug', 'b'], '(257 characters)'],
  ])('tells for %j what helps', async (argv, sentence) => {
    const { stderr, exitCode } = await runCli(await createMachine(), argv)
    expect(stderr).toContain(sentence)
    expect(exitCode).toBe(1)
  })
})
