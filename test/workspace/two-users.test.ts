import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { EXECUTABLE } from '../support/run-executable.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

/** Nobody has these numbers: a system needs to know no name of a user whose processes it runs. */
const [FIRST, SECOND, GROUP] = [47_001, 47_002, 47_000]

/** Only root may become others, and they have to reach the program. */
const canBecome =
  process.getuid?.() === 0 &&
  spawnSync(process.execPath, ['-e', `fs.accessSync(${JSON.stringify(EXECUTABLE)})`], { uid: FIRST, gid: GROUP })
    .status === 0

const asRoot = canBecome ? it : it.skip

/** Runs a line of a shell as somebody whose files are for the group too. */
function as(uid: number, root: string, line: string) {
  const home = path.join(path.dirname(root), `home-${uid}`)
  const { status, stdout, stderr } = spawnSync('sh', ['-c', `umask 002; mkdir -p "$HOME"; cd '${root}'; ${line}`], {
    uid,
    gid: GROUP,
    env: { HOME: home, PATH: process.env.PATH, PROGRAM: process.execPath, EXECUTABLE },
    encoding: 'utf8',
  })
  return { status, said: stdout + stderr }
}

describe('a store of a group', () => {
  asRoot('is held, seen and written by each of its users, once they have trusted it', () => {
    const place = temporaryDirectory()
    fs.chmodSync(place, 0o777)
    const root = path.join(place, 'repo')
    const muse = (uid: number, line: string) => as(uid, root, `"$PROGRAM" "$EXECUTABLE" ${line}`)
    as(FIRST, place, 'mkdir repo && git init --quiet repo')
    expect(muse(FIRST, 'init').status).toBe(0)
    expect(muse(FIRST, 'reserve a.ts --deny --run-id one').status).toBe(0)
    expect(muse(SECOND, 'check a.ts')).toEqual({ status: 1, said: expect.stringContaining('is not believed') })
    const rights = ['.sync', '.order/leases', '.sync/scan-time'].map((name) => {
      const file = path.join(root, '.muse/coordination', name)
      return fs.existsSync(file) ? fs.statSync(file).mode & 0o007 : 0
    })
    expect(rights).toEqual([0, 0, 0])
    expect(muse(SECOND, 'trust').status).toBe(0)
    expect(muse(SECOND, 'check a.ts')).toEqual({ status: 6, said: expect.stringContaining('one') })
    expect(muse(SECOND, 'reserve a.ts --deny --run-id two').status).toBe(6)
    expect(muse(SECOND, 'reserve b.ts --deny --run-id two').status).toBe(0)
    expect(muse(SECOND, "enqueue 'Something to do' --id t1 --run-id two").status).toBe(0)
    expect(muse(FIRST, 'check b.ts').status).toBe(6)
    expect(muse(FIRST, 'claim t1 --run-id one').status).toBe(0)
    expect(muse(SECOND, 'claim t1 --run-id two').status).toBe(6)
    expect(muse(FIRST, 'complete t1 --run-id one').status).toBe(0)
    expect(muse(SECOND, 'release --all --run-id two').status).toBe(0)
    expect(muse(FIRST, 'check b.ts').status).toBe(0)
  })

  asRoot('names the way in where the group has none', () => {
    const place = temporaryDirectory()
    fs.chmodSync(place, 0o777)
    const root = path.join(place, 'repo')
    const muse = (uid: number, line: string) => as(uid, root, `umask 022; "$PROGRAM" "$EXECUTABLE" ${line}`)
    as(FIRST, place, 'mkdir repo && git init --quiet repo')
    expect(muse(FIRST, 'init').status).toBe(0)
    expect(muse(FIRST, 'reserve a.ts --deny --run-id one').status).toBe(0)
    expect(muse(SECOND, 'trust').status).toBe(0)
    const refused = muse(SECOND, 'reserve b.ts --deny --run-id two')
    const cure = /`(chmod -R g\+rwX [^`]+)`/.exec(refused.said)?.[1]
    expect(refused).toEqual({ status: 1, said: expect.stringContaining('chmod') })
    expect(as(FIRST, root, String(cure)).status).toBe(0)
    expect(muse(SECOND, 'reserve b.ts --deny --run-id two').status).toBe(0)
    expect(muse(SECOND, 'check a.ts').status).toBe(6)
    // What is made after that is the group's too, although the umask of either would keep the group from it.
    for (const [one, other] of [
      [FIRST, SECOND],
      [SECOND, FIRST],
    ] as const) {
      const [task, run] = [`t-${one}`, `r-${other}`]
      expect(muse(one, `enqueue 'To do' --id ${task} --run-id r-${one}`).status).toBe(0)
      expect(muse(other, `claim ${task} --run-id ${run}`).status).toBe(0)
      expect(muse(one, `claim ${task} --run-id r-${one}`).status).toBe(6)
      expect(muse(other, `heartbeat --run-id ${run}`).status).toBe(0)
      expect(muse(other, `leave --run-id ${run}`).status).toBe(0)
      expect(muse(one, 'gc --older-than 1s').status).toBe(0)
    }
    // Each has an index of its own: neither believes what the other has noted of the files.
    for (const uid of [FIRST, SECOND]) expect(muse(uid, 'doctor').said).toContain('the index can be asked')
    const closed = spawnSync('find', [path.join(root, '.muse'), '!', '-perm', '-g+rw'], { encoding: 'utf8' })
    expect(closed.stdout).toBe('')
  })

  asRoot('is nobody else’s where others may not look into it, and its directories hand their group on', () => {
    const place = temporaryDirectory()
    fs.chmodSync(place, 0o777)
    const root = path.join(place, 'repo')
    as(FIRST, place, 'mkdir repo && git init --quiet repo')
    const muse = (uid: number, line: string) => as(uid, root, `umask 027; "$PROGRAM" "$EXECUTABLE" ${line}`)
    expect(muse(FIRST, 'init').status).toBe(0)
    expect(as(FIRST, root, 'chmod -R g+rwX .muse && find .muse -type d -exec chmod g+s {} +').status).toBe(0)
    fs.chmodSync(path.join(root, '.muse'), 0o2770)
    expect(muse(FIRST, 'reserve a.ts --deny --run-id one').status).toBe(0)
    const found = spawnSync('find', [path.join(root, '.muse'), '-perm', '/o+rwx', '-name', '*.json'], {
      encoding: 'utf8',
    })
    expect(found.stdout).toBe('')
    const others = spawnSync('find', [path.join(root, '.muse'), '-type', 'd', '!', '-perm', '-g+s'], {
      encoding: 'utf8',
    })
    expect(others.stdout).toBe('')
  })
})
