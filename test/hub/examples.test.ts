import { execFile, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import { hubServe } from '../../src/commands/hub/serve.js'
import { cleanUp } from '../support/clean-up.js'
import { startExecutable } from '../support/run-executable.js'
import { startHub } from '../support/start-hub.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

const hub = path.resolve(import.meta.dirname, '../../src/hub')
const read = (name: string) => fs.readFileSync(path.join(hub, name), 'utf8')

/** Part of systemd: not on every machine. */
const itWithSystemd = spawnSync('systemd-analyze', ['--version']).status === 0 ? it : it.skip

describe('examples/muse-hub.service', () => {
  itWithSystemd('is a unit that systemd accepts (needs systemd-analyze)', () => {
    const file = path.join(temporaryDirectory(), 'muse-hub.service')
    // The program need not be installed where this test runs, and systemd looks.
    fs.writeFileSync(file, read('examples/muse-hub.service').replace('/usr/local/bin/muse-coord', process.execPath))
    const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', file], { encoding: 'utf8' })
    expect({ status, said: stdout + stderr }).toEqual({ status: 0, said: '' })
  })

  it('starts a hub', async () => {
    const root = temporaryDirectory()
    const [, line = ''] =
      /^ExecStart=\/usr\/local\/bin\/muse-coord (.*)$/m.exec(read('examples/muse-hub.service')) ?? []
    const words = line.replace('/var/lib/muse-hub', root).replace('--port 1337', '--port 0').split(' ')
    const { child, ended } = startExecutable({ root, env: { HOME: root } }, words)
    const said = await new Promise<string>((resolve) => child.stdout.once('data', (text) => resolve(`${text}`)))
    expect(said).toContain('known as https://hub.example.com')
    expect(said).toContain('registration: closed')
    child.kill('SIGTERM')
    expect(await ended).toMatchObject({ exitCode: 0 })
  })
})

describe('examples/compose.yaml', () => {
  it('gives the hubs only flags that there are', () => {
    const known = hubServe.options.map(({ flag }) => flag.split(' ')[0])
    const used = [...read('examples/compose.yaml').matchAll(/^ {4}- (--[a-z-]+)=/gm)].map(([, flag]) => flag)
    expect(used.length).toBeGreaterThan(3)
    expect(known).toEqual(expect.arrayContaining(used))
  })
})

describe('the Dockerfile', () => {
  const dockerfile = fs.readFileSync(path.resolve(hub, '../../Dockerfile'), 'utf8')
  const wordsOf = (pattern: RegExp): string[] => JSON.parse(pattern.exec(dockerfile)?.[1] ?? 'null')

  it('starts a hub by flags that there are', () => {
    const [program, ...words] = wordsOf(/^CMD (\[.*\])$/m)
    const known = hubServe.options.map(({ flag }) => flag.split(' ')[0])
    const used = words.filter((word) => word.startsWith('--')).map((word) => word.split('=')[0])
    expect([program, ...words.slice(0, 2)]).toEqual(['muse-coord', 'hub', 'serve'])
    expect(known).toEqual(expect.arrayContaining(used))
  })

  it('knows by its health check a hub that can work from one that is not there', async () => {
    const started = await startHub()
    cleanUp(() => started.close())
    const check = wordsOf(/^HEALTHCHECK.*\n {2}CMD (\[.*\])$/m).map((word) =>
      word.replace('1337', new URL(started.url).port),
    )
    const health = () =>
      promisify(execFile)(process.execPath, check.slice(1)).then(
        () => 0,
        ({ code }) => code,
      )
    expect(await health()).toBe(0)
    await started.close()
    expect(await health()).toBe(1)
  })
})

describe('the metrics to alert on', () => {
  it('are there, but for those of other programs', async () => {
    const started = await startHub({ processMetrics: true })
    cleanUp(() => started.close())
    const metrics = await (await fetch(`${started.url}/metrics`)).text()
    const [, section = ''] = read('README.md').split('## Metrics to alert on')
    const named = new Set(section.match(/\b(muse_hub|nodejs|process)_[a-z0-9_]+/g))
    expect(named.size).toBeGreaterThan(4)
    for (const name of named)
      expect(metrics).toMatch(new RegExp(`^# TYPE ${name.replace(/_(count|bucket)$/, '')} `, 'm'))
  })
})
