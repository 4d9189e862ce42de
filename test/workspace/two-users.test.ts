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
    const cure = /chmod -R g\+rwX [^\s`;]+/.exec(refused.said)?.[0]
    expect(refused).toEqual({ status: 1, said: expect.stringContaining('chmod') })
    expect(as(FIRST, root, String(cure)).status).toBe(0)
    expect(muse(SECOND, 'reserve b.ts --deny --run-id two').status).toBe(0)
    expect(muse(SECOND, 'check a.ts').status).toBe(6)
  })
})
