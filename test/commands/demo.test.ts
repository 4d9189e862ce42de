import { existsSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { describe, expect, it } from '@jest/globals'
import { documentOf, runCli } from '../support/run-cli.js'

const nowhere = { root: tmpdir(), env: {} }

function left(): string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith('muse-coord-demo-'))
}

describe('demo', () => {
  it('plays every step with the real commands, shows every kind on the second machine, and cleans up', async () => {
    const before = left()
    const { exitCode, stdout, stderr } = await runCli(nowhere, ['demo'])
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    const lines = stdout.split('\n')
    expect(lines.filter((line) => / muse-coord /.test(line))).toHaveLength(18)
    const seen = lines.slice(lines.findIndex((line) => line.startsWith('KIND')) + 1).map((line) => line.split(/ +/)[0])
    expect([...new Set(seen)].filter(Boolean).sort()).toEqual([
      'claim',
      'dependency',
      'heartbeat',
      'intent',
      'release',
      'reservation',
      'task',
    ])
    expect(left()).toEqual(before)
  })

  it('leaves everything where it is with --keep, and says where', async () => {
    const document = documentOf(await runCli(nowhere, ['demo', '--keep', '--json']))
    const { directory, steps, visible } = document as {
      directory: string
      steps: { command: string }[]
      visible: object[]
    }
    expect(existsSync(`${directory}/ada/project/.muse/coordination/remote/task`)).toBe(true)
    expect(steps.map(({ command }) => command)).toContain('muse-coord sync pull')
    expect(visible).toContainEqual(
      expect.objectContaining({ kind: 'claim', author: 'ada', run_id: 'agent-2', token: 1 }),
    )
    rmSync(directory, { recursive: true })
  })

  it('ends at once when it is interrupted', async () => {
    const before = left()
    const stop = new AbortController()
    stop.abort()
    expect(await runCli(nowhere, ['demo', '--json'], { signal: stop.signal })).not.toMatchObject({ exitCode: 0 })
    expect(left()).toEqual(before)
  })
})
