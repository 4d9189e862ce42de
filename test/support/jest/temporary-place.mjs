import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const MEMORY = '/dev/shm'
const NAME = /^muse-coord-tests-(\d+)$/
const TMPFS = 0x01021994
const GIBIBYTE = 2 ** 30
/** A run fills a tenth of it at once. */
const ROOM = 2 * GIBIBYTE
const FREE_MEMORY = 4 * GIBIBYTE

/**
 * Has the tests put what is temporary into memory, where Linux has room there: on a disk the system takes as much of the processor
 * for the files of a run as the run itself, and the tests wait. Who names a `TMPDIR` has them use that.
 */
export default function usePlaceInMemory() {
  if (process.env.TMPDIR || !isRoomy()) return
  removeLeft()
  const place = join(MEMORY, `muse-coord-tests-${process.pid}`)
  mkdirSync(place)
  // As /tmp is: some tests work as another user.
  chmodSync(place, 0o1777)
  if (runsPrograms(place)) process.env.TMPDIR = place
  else rmSync(place, { recursive: true })
}

/** Removes the place of this run, if it has one. */
export function removePlace() {
  const place = join(MEMORY, `muse-coord-tests-${process.pid}`)
  if (process.env.TMPDIR === place) rmSync(place, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
}

function isRoomy() {
  try {
    const { type, bavail, bsize } = statfsSync(MEMORY)
    return type === TMPFS && bavail * bsize >= ROOM && process.availableMemory() >= FREE_MEMORY
  } catch {
    return false // Another system than Linux.
  }
}

/** Tests put programs there, and containers often forbid to run them. */
function runsPrograms(place) {
  const program = join(place, 'program')
  writeFileSync(program, '#!/bin/sh\n', { mode: 0o755 })
  const { status } = spawnSync(program)
  rmSync(program)
  return status === 0
}

/** What runs left that were killed would keep its memory. */
function removeLeft() {
  for (const name of readdirSync(MEMORY)) {
    const pid = Number(NAME.exec(name)?.[1])
    if (pid > 0 && !isAlive(pid)) rmSync(join(MEMORY, name), { recursive: true, force: true })
  }
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error.code === 'EPERM'
  }
}
