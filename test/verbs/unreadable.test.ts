import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { documentOf, runCli } from '../support/run-cli.js'
import { verbsAt } from './verbs-at.js'

/** A workspace in which run b holds a file and a task, and where a directory of records is then replaced by a link. */
async function without(directory: string) {
  const verbs = await verbsAt()
  const { root, run } = verbs
  await run('reserve', 'src/a.ts', '--run-id', 'b')
  await run('enqueue', 'Port it', '--id', 'port', '--run-id', 'b')
  await run('claim', 'port', '--run-id', 'b')
  const place = path.join(root, '.muse/coordination', directory)
  fs.rmSync(place, { recursive: true, force: true })
  fs.symlinkSync(fs.mkdtempSync(path.join(root, 'elsewhere-')), place)
  return verbs
}

describe('what cannot be read', () => {
  it.each([
    ['reservations', ['release', 'src/a.ts', '--run-id', 'b']],
    ['reservations', ['release', 'some-id', '--run-id', 'b']],
    ['reservations', ['heartbeat', 'src/a.ts', '--run-id', 'b']],
    ['tasks', ['claim', 'port', '--run-id', 'a']],
    ['claims', ['claim', 'port', '--run-id', 'a']],
    ['claims', ['complete', 'port', '--run-id', 'b']],
    ['tasks', ['claim', '--run-id', 'a']],
    ['claims', ['claim', '--run-id', 'a']],
    ['reservations', ['wait', 'src/a.ts', '--timeout', '0', '--run-id', 'a']],
    ['reservations', ['show', 'some-id']],
    ['reservations', ['gc']],
    ['heartbeats', ['gc', '--older-than', '1s', '--dry-run']],
    ['reservations', ['leave', '--run-id', 'b']],
    ['reservations', ['release', '--all', '--run-id', 'b']],
    ['reservations', ['wait', 'some-id', '--timeout', '0', '--run-id', 'a']],
  ] as const)('is not taken for absent: %s, %j', async (directory, argv) => {
    const { run } = await without(directory)
    const { exitCode, json } = await run(...argv)
    expect({ exitCode, status: json.status }).toEqual({ exitCode: 1, status: 'local_files' })
    expect(json).toMatchObject({ error: expect.stringContaining(directory) })
  })

  it.each([
    ['reservations', ['log']],
    ['reservations', ['log', '--run-id', 'b']],
    ['claims', ['tasks']],
    ['reservations', ['mine', '--run-id', 'b']],
    ['reservations', ['forecast']],
    ['tasks', ['dag']],
    ['claims', ['show', 'port']],
  ] as const)('is told beside what could be: %s, %j', async (directory, argv) => {
    const { root } = await without(directory)
    const ended = await runCli({ root, env: {} }, [...argv, '--json'])
    expect(ended.exitCode).toBe(0)
    expect(documentOf(ended)).toMatchObject({
      unread: [{ path: expect.stringContaining(directory), reason: expect.any(String) }],
    })
  })

  it('keeps nobody from giving back what could be', async () => {
    const { root, run } = await without('reservations')
    expect((await run('leave', '--run-id', 'b')).exitCode).toBe(1)
    expect((await run('tasks')).json).toMatchObject({ tasks: [{ task_id: 'port', status: 'pending' }] })
    expect(fs.readdirSync(path.join(root, '.muse/coordination'))).toContain('claims')
  })

  it('is not spoken of where all was read', async () => {
    const { root, run } = await verbsAt()
    await run('reserve', 'src/a.ts', '--run-id', 'b')
    expect(documentOf(await runCli({ root, env: {} }, ['log', '--json']))).not.toHaveProperty('unread')
  })
})
