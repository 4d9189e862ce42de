import { spawn, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { cleanUp } from '../support/clean-up.js'
import { answer, startFaultyHub } from '../support/faulty-hub.js'
import { createMachine, type Machine } from '../support/machine.js'
import { reservation, reservations } from '../support/records.js'
import { EXECUTABLE, runExecutable } from '../support/run-executable.js'
import { createSwarm } from '../support/swarm.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

function requiredAtOnce(source: string): string[] {
  return Array.from(
    source.matchAll(/(?:^(?:const|let) |,)\w+ ?= ?(?:\w+\.__toESM\()?require\("([^"]+)"\)/gm),
    ([, name]) => name ?? '',
  )
}

describe('the compiled program', () => {
  const help = (env: NodeJS.ProcessEnv) => {
    const { stdout, stderr, status } = spawnSync(process.execPath, [EXECUTABLE, '--help'], { env, encoding: 'utf8' })
    return { helps: stdout.includes('sync push'), stderr, status }
  }
  const HELPED = { helps: true, stderr: '', status: 0 }

  it('is kept in the cache directory of the user', () => {
    const [cache, home] = [temporaryDirectory(), temporaryDirectory()]
    expect(help({ XDG_CACHE_HOME: cache })).toEqual(HELPED)
    expect(help({ HOME: home })).toEqual(HELPED)
    expect(fs.readdirSync(cache)).toEqual(['muse-coord'])
    expect(fs.readdirSync(home)).toEqual(['.cache'])
  })

  it('is not loaded before it can be kept, nor where it is not needed', () => {
    const source = fs.readFileSync(EXECUTABLE, 'utf8')
    expect(requiredAtOnce(source)).toEqual(['node:fs', 'node:path'])
    expect(source.length).toBeLessThan(5000)
  })

  it('loads of packages what it carries, and none of those that a hub needs, before a command asks for it', () => {
    const directory = path.dirname(EXECUTABLE)
    const files = new Set([path.join(directory, 'program.cjs')])
    const packages = new Set<string>()
    for (const file of files) {
      for (const name of requiredAtOnce(fs.readFileSync(file, 'utf8'))) {
        if (name.startsWith('.')) files.add(path.join(path.dirname(file), name))
        else if (!name.startsWith('node:')) packages.add(name)
      }
    }
    expect(files.size).toBeGreaterThan(1)
    expect([...packages]).toEqual([])
  })

  it('runs where nothing can be kept', () => {
    const file = path.join(temporaryDirectory(), 'no-directory')
    fs.writeFileSync(file, '')
    expect(help({ XDG_CACHE_HOME: file })).toEqual(HELPED)
  })

  it.each([
    ['cut off', (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)],
    ['empty', () => Buffer.alloc(0)],
    ['damaged', (bytes: Buffer) => bytes.map((byte, index) => (index > 100 ? byte ^ 0xff : byte))],
  ])('is compiled again where what is kept is %s', (_what, damaged) => {
    const cache = temporaryDirectory()
    help({ XDG_CACHE_HOME: cache })
    for (const name of fs.readdirSync(cache, { recursive: true, encoding: 'utf8' })) {
      const file = path.join(cache, name)
      if (fs.statSync(file).isFile()) fs.writeFileSync(file, damaged(fs.readFileSync(file)))
    }
    expect(help({ XDG_CACHE_HOME: cache })).toEqual(HELPED)
  })
})

describe('a command', () => {
  it.each([
    [['claim', '--offline', '--run-id', 'a']],
    [['reserve', 'src/a.ts', '--run-id', 'a']],
    [['heartbeat', '--run-id', 'a']],
    [['enqueue', 'Something', '--run-id', 'a']],
    [['intent', 'src/a.ts', '--op', 'modify', '--run-id', 'a']],
  ])('loads nothing of networks where it asks no hub: %j', async (argv) => {
    // With an address that nobody asks: what is written is told as not sent yet.
    const machine = await createMachine({ hub: 'http://127.0.0.1:9' })
    machine.write({ 'tasks/t.json': { task_id: 't', run_id: 'a', title: 'Something' } })
    const loaded = await loadedBy(machine, argv)
    const network = ['http', 'https', 'net', 'tls', 'dns', 'child_process'].map((name) => `NativeModule ${name}`)
    expect(loaded.filter((name) => network.includes(name))).toEqual([])
  })

  it('loads nothing of TLS, of compression and of other commands where the hub is near', async () => {
    const machine = await (await createSwarm()).machine()
    machine.write({ 'tasks/t.json': { task_id: 't', run_id: 'a', title: 'Something' } })
    await machine.push()
    const loaded = await loadedBy(machine, ['claim', '--run-id', 'a'])
    const costly = ['https', 'tls', 'zlib', 'perf_hooks', 'internal/fs/dir'].map((name) => `NativeModule ${name}`)
    expect(loaded).toContain('NativeModule http')
    expect(loaded.filter((name) => costly.includes(name))).toEqual([])
    expect(loaded.filter((name) => name.startsWith('Bundle commands-'))).toEqual([])
  })

  it('loads what those declare that know no kind where it is one of them', async () => {
    const machine = await createMachine()
    machine.write({ 'tasks/t.json': { task_id: 't', run_id: 'a', title: 'Something' } })
    const commands = async (argv: readonly string[]) =>
      (await loadedBy(machine, argv)).filter((name) => name.startsWith('Bundle commands-')).length
    expect(await commands(['tasks'])).toBe(0)
    expect(await commands(['kinds'])).toBe(1)
  })

  it.each([[['kinds']], [['check', 'src/a.ts', '--json']], [['status']], [['sync', 'push']]])(
    'loads nothing of cryptography and networks that it does not need: %j',
    async (argv) => {
      const hub = await startFaultyHub(answer(200, { records: [], cursor: 0 }))
      const machine = await createMachine({ hub: hub.url })
      // What others hold is known, or `check` would not say that it is free.
      if (argv[0] === 'check') await machine.pull()
      hub.behave(answer(200, { inserted: 1, skipped: 0 }))
      machine.write(reservation('r1'))
      // The first one sends, and makes files of its own; the second marks them as of here.
      for (const _ of ['first', 'second']) await loadedBy(machine, argv)
      const loaded = await loadedBy(machine, argv)
      const costly = ['crypto', 'http', 'https', 'net', 'tls', 'child_process'].map((name) => `NativeModule ${name}`)
      expect(loaded.filter((name) => costly.includes(name))).toEqual([])
    },
  )
})

/** What of Node itself, and which bundles a command loads. */
async function loadedBy(machine: Machine, argv: readonly string[]): Promise<readonly string[]> {
  const listing = path.join(machine.home, 'loaded.json')
  const hook = path.join(machine.home, 'hook.cjs')
  fs.writeFileSync(
    hook,
    `process.on('exit', () => {
      const bundles = Object.keys(require.cache).map((file) => 'Bundle ' + require('path').basename(file))
      require('fs').writeFileSync(${JSON.stringify(listing)}, JSON.stringify([...process.moduleLoadList, ...bundles]))
    })`,
  )
  const env = { NODE_OPTIONS: `--require ${hook}` }
  expect(await runExecutable(machine, argv, { env })).toMatchObject({ exitCode: 0, stderr: '' })
  const loaded: string[] = JSON.parse(fs.readFileSync(listing, 'utf8'))
  expect(loaded).toContain('NativeModule fs')
  return loaded
}

describe('the words of a process', () => {
  it('arrive whole where they are many and the reader is slow', async () => {
    const machine = await createMachine()
    machine.write(reservations(700))
    const line = [process.execPath, EXECUTABLE, 'log', '--json', '--limit', '700']
    const slow = spawnSync('/bin/sh', ['-c', '"$0" "$@" | { sleep 0.5; cat; }', ...line], {
      cwd: machine.root,
      env: machine.env,
      encoding: 'utf8',
    })
    expect(slow.stdout.length).toBeGreaterThan(100_000)
    expect(JSON.parse(slow.stdout).events).toHaveLength(700)
  })

  it('arrive whole also where they go to a socket whose reader is slow', async () => {
    const machine = await createMachine()
    machine.write(reservations(1900))
    const place = path.join(machine.home, 'words.sock')
    const received: Buffer[] = []
    const server = net.createServer((socket) => {
      // A slow reader: what is written meanwhile is more than the socket takes.
      setTimeout(() => socket.on('data', (chunk) => received.push(chunk)), 500)
    })
    cleanUp(() => void server.close())
    await new Promise<void>((resolve) => server.listen(place, resolve))
    const socket = net.connect(place)
    await new Promise((resolve) => socket.on('connect', resolve))
    const child = spawn(process.execPath, [EXECUTABLE, 'log', '--json', '--limit', '1900'], {
      cwd: machine.root,
      env: machine.env,
      stdio: ['ignore', socket, 'inherit'],
    })
    socket.destroy()
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(0)
    await new Promise((resolve) => setTimeout(resolve, 100))
    const text = Buffer.concat(received).toString()
    expect(text.length).toBeGreaterThan(300_000)
    expect(JSON.parse(text).events).toHaveLength(1900)
  })

  it.each([['--version'], ['kinds']])('may have no reader: %s ends all the same', async (...argv) => {
    const child = spawn(process.execPath, [EXECUTABLE, ...argv], { stdio: ['ignore', 'pipe', 'pipe'] })
    child.stdout.destroy()
    let said = ''
    child.stderr.on('data', (text) => {
      said += text
    })
    const code = await new Promise((resolve) => child.on('close', resolve))
    expect([code, said]).toEqual([0, ''])
  })
})

describe('the program in a directory that was removed', () => {
  it('says so in a sentence', () => {
    const gone = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'muse-coord-gone-')))
    const line = `cd ${gone} && rmdir ${gone} && exec "$0" "$1" status`
    const ended = spawnSync('sh', ['-c', line, process.execPath, EXECUTABLE], { encoding: 'utf8', env: { PWD: gone } })
    expect(ended.status).toBe(2)
    expect(ended.stderr).toBe(
      `❌ The directory ${gone} is not there (any more).\n   Go to one that is, with \`cd\`, or name it with -C DIR.\n`,
    )
  })

  it.each(['status', 'check a.ts --run-id r1'])('says so too where no shell tells its name: %s', (verb) => {
    const gone = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'muse-coord-gone-')))
    const line = `cd ${gone} && rmdir ${gone} && PWD= exec "$0" "$1" ${verb}`
    const ended = spawnSync('sh', ['-c', line, process.execPath, EXECUTABLE], { encoding: 'utf8', env: {} })
    expect(ended.status).toBe(2)
    expect(ended.stderr).toMatch(/^❌ The directory \/.*\(deleted\) is not there \(any more\)\.\n {3}Go to one that is/)
  })
})
