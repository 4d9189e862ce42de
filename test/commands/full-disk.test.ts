import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { createMachine } from '../support/machine.js'
import { EXECUTABLE } from '../support/run-executable.js'

/** Takes what is written as a full disk does. */
const FULL = '/dev/full'

const onLinux = fs.existsSync(FULL) ? describe : describe.skip

onLinux('a command whose results go to a full disk', () => {
  it('ends with a failure and a sentence, whatever it was to print', async () => {
    const { root, env } = await createMachine()
    const full = fs.openSync(FULL, 'w')
    const run = (...argv: string[]) =>
      spawnSync(process.execPath, [EXECUTABLE, ...argv], {
        ...{ cwd: root, env, stdio: ['ignore', full, 'pipe'] },
        // One that went on for good would be ended by nobody.
        ...{ timeout: 30_000, killSignal: 'SIGKILL' },
      })
    const lines = [
      ['status'],
      ['tasks', '--json'],
      ['check', 'a.ts', '--json'],
      ['nonsense', '--json'],
      ['--version'],
      ['--help'],
      ['hub', 'serve', '--port', '0'],
      ['hub', 'serve', '--port', '0', '--tls', 'self'],
    ]
    for (const argv of lines) {
      const { status, stderr } = run(...argv)
      const said = String(stderr)
      expect([argv, status]).toEqual([argv, 1])
      expect([argv, said]).toEqual([argv, expect.stringMatching(/^❌ .*no space left/)])
      expect(said).not.toMatch(/^ +at /m)
    }
    fs.closeSync(full)
  })
})
