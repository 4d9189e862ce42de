import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { table } from '../../src/commands/table.js'
import { runCommandLine } from '../../src/run-command-line.js'
import { createMachine, type Machine } from '../support/machine.js'
import { documentOf, runCli } from '../support/run-cli.js'

const LONG = 'packages/very/long/directory/of/things/parser-of-everything.ts'
const ESC = '\u001B'

/** A line as on a terminal of some columns. */
async function shownOn(
  { root, env }: Machine,
  argv: readonly string[],
  { columns = 80, colours = false, signal = new AbortController().signal, onText = (_: string) => {} } = {},
): Promise<string> {
  let shown = ''
  const stdout = (text: string) => {
    shown += text
    onText(shown)
  }
  const streams = { stdout, stderr: () => {}, interactive: false, columns, colours }
  await runCommandLine(argv, { streams, env, directory: root, signal })
  return shown
}

async function busy(): Promise<Machine> {
  const machine = await createMachine()
  await runCli(machine, ['reserve', LONG, 'docs/x.md', '--run-id', 'claude-9f2b33', '--op', 'modify'])
  await new Promise((resolve) => setTimeout(resolve, 5))
  await runCli(machine, ['reserve', 'packages/**', '--run-id', 'codex-77aa', '--op', 'rename'])
  return machine
}

describe('status on a terminal', () => {
  it.each([120, 80, 60])('fits %d columns, and hides no path', async (columns) => {
    const shown = await shownOn(await busy(), ['status'], { columns })
    const rows = shown.split('\n').filter((line) => !line.startsWith('⚠️'))
    expect(Math.max(...rows.map((line) => line.length))).toBeLessThanOrEqual(columns)
    for (const part of ['packages/', 'thing.ts', 'docs/x.md', 'packages/**', 'claude-9f2b33', 'working', ' in ']) {
      expect(shown).toContain(part)
    }
    expect(shown).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}/)
  })

  it('names a record so that other commands know it by that', async () => {
    const machine = await busy()
    const [id] = /\b[0-9a-f]{8}\b/.exec(await shownOn(machine, ['status'])) ?? []
    expect((await runCli(machine, ['show', String(id)])).exitCode).toBe(0)
  })

  it('shows what a run holds itself as well: each path with both ends, and eight letters of an id', async () => {
    const machine = await busy()
    const shown = await shownOn(machine, ['mine', '--run-id', 'claude-9f2b33'], { columns: 60 })
    expect(Math.max(...shown.split('\n').map((line) => line.length))).toBeLessThanOrEqual(60)
    expect(shown).toMatch(/^packages\/.*everything\.ts +\d+ min +warns +[0-9a-f]{8}/m)
    expect(shown).toContain('docs/x.md')
    expect(shown).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}/)
  })

  it('says who was first and who yields', async () => {
    const machine = await busy()
    const { attention } = documentOf(await runCli(machine, ['status', '--json'])) as {
      attention: { message: string }[]
    }
    expect(attention.map(({ message }) => message).join()).toContain(
      `codex-77aa yields to claude-9f2b33, which was first, at ${LONG} packages/**: both have reserved it`,
    )
    const { conflicts } = documentOf(await runCli(machine, ['forecast', '--json'])) as { conflicts: object[] }
    expect(conflicts).toEqual([expect.objectContaining({ first: 'claude-9f2b33' })])
  })

  it('has colours where they are wanted, and nothing of a record takes part in them', async () => {
    const machine = await busy()
    const file = path.join(machine.coordination, 'reservations/odd.json')
    const odd = { reservation_id: 'odd', run_id: `r${ESC}[31m`, addresses: [`a${ESC}]0;title\u0007.ts`] }
    fs.writeFileSync(file, JSON.stringify(odd))
    const [plain, coloured] = [
      await shownOn(machine, ['status']),
      await shownOn(machine, ['status'], { colours: true }),
    ]
    expect(plain).not.toContain(ESC)
    expect(coloured).toContain(`${ESC}[32mworking`)
    const codes = new RegExp(`${ESC}\\[(?:0|1|2|31|32|33)m`, 'g')
    expect(coloured.replaceAll(codes, '')).not.toContain(ESC)
    expect(coloured).not.toContain(`r${ESC}[31m`)
  })

  it('is drawn again in its place with --watch, until stopped', async () => {
    const machine = await busy()
    const ending = new AbortController()
    let isTold = false
    const shown = await shownOn(machine, ['status', '--watch'], {
      signal: ending.signal,
      onText(text) {
        if (!isTold) void runCli(machine, ['reserve', 'later.ts', '--run-id', 'z9'])
        isTold = true
        if (text.includes('later.ts')) ending.abort()
      },
    })
    expect(shown.startsWith(`${ESC}[2J${ESC}[H`)).toBe(true)
    expect(shown).toContain('later.ts')
  })

  it('is told anew with --watch where nobody can draw, only when something has changed', async () => {
    const machine = await busy()
    const ending = new AbortController()
    let isTold = false
    const shown = await shownOn(machine, ['status', '--watch', '--json'], {
      columns: 0,
      signal: ending.signal,
      onText(text) {
        if (!isTold) void runCli(machine, ['reserve', 'later.ts', '--run-id', 'z9'])
        isTold = true
        if (text.includes('later.ts')) ending.abort()
      },
    })
    const [first, last] = shown.split('\n').map((line) => (line === '' ? null : JSON.parse(line)))
    expect(first.holds).toHaveLength(3)
    expect(last.holds).toHaveLength(4)
  })
})

describe('a table that is too wide', () => {
  const rows = [
    ['WHAT', 'WHO', 'KIND', 'EMPTY'],
    ['src/deep/inside/of/it/file.ts', 'somebody', 'reservation', ''],
  ]
  const styles = [{ keepsEnds: true, least: 14 }, {}, { goes: 1 }, { goes: 2 }]

  it.each([
    [0, 'src/deep/inside/of/it/file.ts  somebody  reservation'],
    [44, 'src/de…/of/it/file.ts  somebody  reservation'],
    [26, 'src/d…it/file.ts  somebody'],
    [20, 'src…ile.ts  somebody'],
    [5, 'sr…le.ts  somebody'],
  ])('in %d columns cuts inside of a path, and leaves out what may go', (columns, row) => {
    expect(table(rows, columns, styles).split('\n')[1]).toBe(row)
  })

  it('measures what letters take', () => {
    const wide = [['W'], ['漢字漢字漢字/漢字']]
    expect(table(wide, 10, [{ keepsEnds: true }])).toBe('W\n漢…字/漢字')
  })
})
