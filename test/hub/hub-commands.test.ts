import fs from 'node:fs'
import path from 'node:path'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { openStore } from '../../src/hub/stores/open-store.js'
import { runCli } from '../support/run-cli.js'
import { startExecutable } from '../support/run-executable.js'
import { temporaryDirectory } from '../support/temporary-directory.js'
import { newKey, registerKey } from './key-proof.js'

describe('the commands of an operator', () => {
  let place: { root: string; env: Record<string, string> }

  beforeEach(() => {
    const root = temporaryDirectory()
    place = { root, env: { HOME: root, PATH: process.env.PATH ?? '' } }
  })

  const hub = (...argv: string[]) => runCli(place, ['hub', ...argv])

  it.each([
    [['serve', '--port', '65536'], '--port must be 0–65535, got "65536"'],
    [['serve', '--port', 'http'], '--port must be'],
    [['serve', '--registration', 'maybe'], '--registration must be one of open, closed'],
    [['serve', '--log', 'loud'], '--log must be one of trace'],
    [['serve', '--tls-cert', 'cert.pem'], '--tls-key is missing'],
    [['serve', '--tls-key', 'key.pem'], '--tls-cert is missing'],
    [['serve', '--data', 'a', '--store', 'postgres://x'], '--data and --store exclude each other'],
    [['serve', '--trust-proxy', 'everybody'], '--trust-proxy must be an address or a network'],
    [['serve', '--trust-proxy', '10.0.0.0/33'], '--trust-proxy must be an address or a network'],
    [['serve', '--host', '0.0.0.0', '--port', '0'], 'Listening on 0.0.0.0 without TLS'],
    [['serve', '--store', 'mysql://user:secret@db/hub'], 'mysql'],
    [['invite', '--ttl', '0'], '--ttl must be a time from 1 to 31536000 seconds'],
    [['invite'], 'There is no store of a hub in'],
    [['revoke', 'gabriel'], 'There is no store of a hub in'],
  ])('refuse hub %j with a sentence', async (argv, problem) => {
    const text = await hub(...argv)
    expect(text).toMatchObject({ exitCode: 1, stdout: '', stderr: expect.stringContaining(problem) })
    const json = await hub(...argv, '--json')
    expect(json).toMatchObject({ exitCode: 1, stderr: '' })
    expect(JSON.parse(json.stdout)).toMatchObject({
      error: expect.stringContaining(problem),
      status: expect.any(String),
      hint: expect.any(String),
    })
    expect(json.stdout + text.stderr).not.toContain('secret')
    expect(fs.existsSync(path.join(place.root, 'muse-hub'))).toBe(false)
  })

  it('serve a hub, invite to it, and revoke there, while it runs', async () => {
    const running = startExecutable(place, ['hub', 'serve', '--port', '0', '--registration', 'closed', '--json'])
    const line = await new Promise<string>((resolve) => running.child.stdout.once('data', (text) => resolve(`${text}`)))
    const listening = JSON.parse(line) as { url: string }
    expect(listening).toMatchObject({
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      public_url: null,
      store: path.join(fs.realpathSync(place.root), 'muse-hub'),
      registration: 'closed',
    })
    const { url } = listening
    expect((await registerKey(url, 'ada', newKey())).status).toBe(403)

    const invited = await hub('invite', '--handle', 'ada', '--json')
    const { code, handle } = JSON.parse(invited.stdout) as { code: string; handle: string }
    expect(handle).toBe('ada')
    expect((await registerKey(url, 'ada', newKey(), { invite: code })).status).toBe(200)

    expect(await hub('revoke', 'ada')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('of ada is revoked'),
    })
    expect(await hub('revoke', 'nobody')).toMatchObject({ exitCode: 4 })

    running.child.kill('SIGTERM')
    expect(await running.ended).toMatchObject({ exitCode: 0, signal: null, stdout: line, stderr: '' })
    const store = await openStore(path.join(place.root, 'muse-hub'))
    expect(await store.findIdentity('ada')).toMatchObject({ fingerprint: '', publicKey: '' })
    await store.close()
  })

  it.each(['SIGTERM', 'SIGINT'] as const)('say where a hub listens and end at %s with exit code 0', async (signal) => {
    const running = startExecutable(place, ['hub', 'serve', '--port', '0', '--log', 'info'])
    const line = await new Promise<string>((resolve) => running.child.stdout.once('data', (text) => resolve(`${text}`)))
    expect(line).toMatch(
      /^✅ Hub listening on http:\/\/127\.0\.0\.1:\d+ — store: .*muse-hub, registration: open\n {3}key: sha256:[0-9a-f]{64}\n$/,
    )
    await fetch(`${/http:[^ ]+/.exec(line)?.[0]}/healthz`)
    running.child.kill(signal)
    const { exitCode, stderr } = await running.ended
    expect(exitCode).toBe(0)
    const logged = stderr
      .trim()
      .split('\n')
      .map((each) => JSON.parse(each) as { msg: string })
    expect(logged.map(({ msg }) => msg)).toContain('answered')
  })
})
