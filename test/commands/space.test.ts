import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import type { Machine } from '../support/machine.js'
import { reservation } from '../support/records.js'
import { documentOf, runCli } from '../support/run-cli.js'
import { createSwarm } from '../support/swarm.js'

/** The owner's machine with something pushed, and ada's, who is registered and no member. */
async function ownerAndAda() {
  const swarm = await createSwarm()
  const owner = await swarm.machine()
  const ada = await swarm.machine({ signer: await swarm.hub.register('ada') })
  owner.write(reservation('r1'))
  await owner.push()
  return { owner, ada }
}

describe('the commands of a space', () => {
  it('let somebody in, to read or to write, and out again', async () => {
    const { owner, ada } = await ownerAndAda()
    ada.write(reservation('r2'))
    expect(await runCli(ada, ['sync', 'pull'])).toMatchObject({ exitCode: 1 })
    expect(documentOf(await runCli(owner, ['space', 'grant', 'ada', '--role', 'read', '-j']))).toMatchObject({
      handle: 'ada',
      role: 'read',
    })
    expect(await runCli(ada, ['sync', 'pull'])).toMatchObject({ exitCode: 0 })
    expect(await runCli(ada, ['sync', 'push'])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('ada may not write'),
    })
    await runCli(owner, ['space', 'grant', 'ada'])
    expect(await runCli(ada, ['sync', 'push'])).toMatchObject({ exitCode: 0 })
    expect(documentOf(await runCli(owner, ['space', 'revoke', 'ada', '-j']))).toMatchObject({
      handle: 'ada',
      role: null,
    })
    expect(await runCli(ada, ['sync', 'pull'])).toMatchObject({ exitCode: 1 })
  })

  it.each([['show'], ['grant', 'ada'], ['log'], ['release', 'src/a.ts', '--reason', 'over']])(
    'say of a space that is not there yet what makes it, and that does, also where nothing is to be sent: %s',
    async (...argv) => {
      const swarm = await createSwarm()
      const owner = await swarm.machine()
      await swarm.hub.register('ada')
      for (const verb of [
        ['sync', 'pull'],
        ['space', ...argv],
      ]) {
        expect(await runCli(owner, verb)).toMatchObject({
          exitCode: 1,
          stderr: expect.stringMatching(/no space gabriel\/muse .*\n.*`muse-coord sync push` does/),
        })
      }
      expect(await runCli(owner, ['sync', 'push'])).toMatchObject({
        exitCode: 0,
        stdout: expect.stringContaining('no local coordination records to push'),
      })
      expect(await runCli(owner, ['sync', 'pull'])).toMatchObject({ exitCode: 0 })
      expect((await runCli(owner, ['space', ...argv])).stderr).not.toContain('no space')
    },
  )

  it('ask no hub for somebody else’s space where there is nothing to send', async () => {
    const swarm = await createSwarm()
    const ada = await swarm.machine({ signer: await swarm.hub.register('ada') })
    expect(await runCli(ada, ['sync', 'push'])).toMatchObject({ exitCode: 0, stderr: '' })
  })

  it('show members to those who are in, and open a space to every reader', async () => {
    const { owner, ada } = await ownerAndAda()
    await runCli(owner, ['space', 'grant', 'ada'])
    const members = [{ handle: 'ada', role: 'write' }]
    expect(documentOf(await runCli(ada, ['space', 'show', '-j']))).toMatchObject({
      owner: 'gabriel',
      slug: 'muse',
      visibility: 'private',
      members,
    })
    await runCli(owner, ['space', 'revoke', 'ada'])
    expect(await runCli(ada, ['space', 'show'])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('no space gabriel/muse'),
    })
    expect(await runCli(owner, ['space', 'visibility', 'public'])).toMatchObject({
      stdout: '✅ gabriel/muse is public\n',
    })
    expect(documentOf(await runCli(ada, ['space', 'show', '-j']))).toMatchObject({
      owner: 'gabriel',
      slug: 'muse',
      visibility: 'public',
    })
  })

  it('are the owner’s: nobody else changes anything, and nobody is let in who is not registered', async () => {
    const { owner, ada } = await ownerAndAda()
    await runCli(owner, ['space', 'grant', 'ada'])
    for (const argv of [
      ['grant', 'ada'],
      ['revoke', 'ada'],
      ['visibility', 'public'],
    ]) {
      expect(await runCli(ada, ['space', ...argv])).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining('403'),
      })
    }
    expect(await runCli(owner, ['space', 'grant', 'nobody'])).toMatchObject({ exitCode: 1 })
  })

  it('tell the owner, and nobody else, who did what and when', async () => {
    const { owner, ada } = await ownerAndAda()
    await runCli(owner, ['space', 'grant', 'ada'])
    await runCli(owner, ['space', 'visibility', 'public'])
    await runCli(owner, ['space', 'kind', 'checkpoint', '--merge', 'latest'])
    await runCli(ada, ['auth', 'revoke', '--yes'])
    const { entries, has_more } = documentOf(await runCli(owner, ['space', 'log', '--limit', '4', '-j']))
    const told = (entries as Record<string, string>[]).map(({ actor, action, subject, detail }) => [
      actor,
      action,
      subject,
      detail,
    ])
    expect(told).toEqual([
      ['ada', 'key_revoked', 'ada', expect.stringMatching(/^sha256:/)],
      ['gabriel', 'rule_set', 'checkpoint', 'latest'],
      ['gabriel', 'visibility_set', '', 'public'],
      ['gabriel', 'member_set', 'ada', 'write'],
    ])
    expect(has_more).toBe(true)
    expect((await runCli(owner, ['space', 'log'])).stdout).toMatch(/gabriel +space created +gabriel\/muse/)
    expect(await runCli(ada, ['space', 'log'])).toMatchObject({ exitCode: 1, stdout: '' })
  })

  it('let the owner put a rule right that somebody else’s push has fixed', async () => {
    const { owner, ada } = await ownerAndAda()
    await runCli(owner, ['space', 'grant', 'ada'])
    const kind = (merge: string) =>
      `export default { api: '^1', kinds: [{ name: 'note', directory: 'notes', idField: 'id', runIdField: 'run_id', schema: {}, merge: '${merge}', expiresAt: () => null }] }`
    for (const [machine, merge] of [
      [ada, 'once'],
      [owner, 'latest'],
    ] as const) {
      fs.writeFileSync(path.join(machine.home, 'note.mjs'), kind(merge))
      machine.write({ 'notes/n1.json': { id: 'n1', run_id: 'r1', by: merge } })
    }
    const push = (machine: Machine) =>
      runCli(machine, ['sync', 'push', '--plugin', path.join(machine.home, 'note.mjs'), '--kinds', 'note', '-j'])
    expect((await push(ada)).exitCode).toBe(0)
    expect(documentOf(await push(owner))).toMatchObject({ failed: true, rejected: [{ record_id: 'n1' }] })
    expect((await runCli(ada, ['space', 'kind', 'note', '--merge', 'latest'])).stderr).toContain('ada may not')
    expect((await runCli(owner, ['space', 'kind', 'note', '--merge', 'latest'])).exitCode).toBe(0)
    expect(documentOf(await push(owner))).toMatchObject({ failed: false, rejected: [] })
  })

  it.each([
    [['kind', 'note'], '--merge'],
    [['kind', 'Note', '--merge', 'once'], '<kind> must be'],
    [['kind', 'note', '--merge', 'newest'], '--merge must be one of'],
    [['grant', '../x'], '<handle> must be'],
    [['grant', 'ada', '--role', 'admin'], '--role must be one of read, write, got "admin"'],
    [['visibility', 'open'], '<visibility> must be private or public, got "open"'],
    [['grant'], 'missing required args'],
  ])('refuse %j with a sentence', async (argv, sentence) => {
    const { owner } = await ownerAndAda()
    expect(await runCli(owner, ['space', ...argv])).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: expect.stringContaining(sentence),
    })
  })
})
