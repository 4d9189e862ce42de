import { spawn, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { cleanUp } from '../support/clean-up.js'
import { createMachine } from '../support/machine.js'
import { reservations } from '../support/records.js'
import { EXECUTABLE } from '../support/run-executable.js'

describe('the compiled program', () => {
  it('is kept beside its source by the run that compiled it, and used by the next', () => {
    const program = installed()
    expect(program.help()).toMatch(/sync push/)
    const caches = program.caches()
    expect(caches.length).toBeGreaterThan(2)
    const before = caches.map((file) => fs.statSync(file).mtimeMs)
    expect(program.help()).toMatch(/sync push/)
    expect(program.caches()).toEqual(caches)
    expect(caches.map((file) => fs.statSync(file).mtimeMs)).toEqual(before)
  })

  it('can be written by its owner alone, whatever the umask', () => {
    const program = installed()
    spawnSync('/bin/sh', ['-c', 'umask 0; exec "$0" "$@"', process.execPath, program.file, '--help'])
    expect(program.caches().map((file) => (fs.statSync(file).mode & 0o777).toString(8))).toEqual(
      program.caches().map(() => '644'),
    )
  })

  it.each([
    ['is cut off', (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)],
    ['is empty', () => Buffer.alloc(0)],
    ['is of another release', (bytes: Buffer) => Buffer.concat([Buffer.alloc(16, 0xff), bytes.subarray(16)])],
  ])('is compiled again where what lies there %s', (_what, damaged) => {
    const program = installed()
    program.help()
    for (const file of program.caches()) fs.writeFileSync(file, damaged(fs.readFileSync(file)))
    expect(program.help()).toMatch(/sync push/)
  })

  it('is compiled in each run where nothing can be kept', () => {
    const program = installed()
    program.help()
    for (const file of program.caches()) {
      fs.rmSync(file)
      fs.mkdirSync(file)
    }
    expect(program.help()).toMatch(/sync push/)
    const leftBehind = fs.readdirSync(program.directory).filter((name) => /\.cache\.\d+$/.test(name))
    expect(leftBehind).toEqual([])
  })

  it('holds nothing but ASCII, as its loader takes for granted', () => {
    for (const name of fs.readdirSync(path.join(path.dirname(EXECUTABLE), 'cli'))) {
      if (!name.endsWith('.cjs')) continue
      const bytes = fs.readFileSync(path.join(path.dirname(EXECUTABLE), 'cli', name))
      expect([name, bytes.every((byte) => byte < 0x80)]).toEqual([name, true])
    }
  })
})

describe('the words of a process', () => {
  it('arrive whole where they are many and the reader is slow', async () => {
    const machine = await createMachine()
    machine.write(reservations(1000))
    const line = [process.execPath, EXECUTABLE, 'log', '--json', '--limit', '1000']
    const slow = spawnSync('/bin/sh', ['-c', '"$0" "$@" | { sleep 0.5; cat; }', ...line], {
      cwd: machine.root,
      env: machine.env,
      encoding: 'utf8',
    })
    expect(slow.stdout.length).toBeGreaterThan(100_000)
    expect(JSON.parse(slow.stdout).events).toHaveLength(1000)
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

/** A copy of the executable in a place of its own, never run before. */
function installed() {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'muse-coord-installed-'))
  cleanUp(() => fs.rmSync(root, { recursive: true, force: true }))
  const built = path.dirname(EXECUTABLE)
  const file = path.join(root, path.basename(EXECUTABLE))
  const directory = path.join(root, 'cli')
  fs.copyFileSync(EXECUTABLE, file)
  fs.mkdirSync(directory)
  for (const name of fs.readdirSync(path.join(built, 'cli'))) {
    if (name.endsWith('.cjs')) fs.copyFileSync(path.join(built, 'cli', name), path.join(directory, name))
  }
  return {
    file,
    directory,
    help: () => spawnSync(process.execPath, [file, '--help'], { encoding: 'utf8' }).stdout,
    caches: () =>
      fs
        .readdirSync(directory)
        .filter((name) => name.endsWith('.cache'))
        .map((name) => path.join(directory, name)),
  }
}
