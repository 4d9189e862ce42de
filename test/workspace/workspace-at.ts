import fs from 'node:fs'
import path from 'node:path'
import { type Clock, openSession, type Plugin, type Workspace } from '../../src/index.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

/** A clock that stands until it is moved. */
export class StandingClock implements Clock {
  constructor(public milliseconds: number = Date.parse('2026-03-18T12:00:00Z')) {}

  now(): number {
    return this.milliseconds
  }

  /** Moves on by so many seconds; back, when they are negative. */
  move(seconds: number): void {
    this.milliseconds += seconds * 1000
  }
}

/** A new workspace in a temporary directory, with a clock that the test moves. */
export interface TestWorkspace {
  readonly root: string
  readonly clock: StandingClock
  readonly workspace: Workspace
  /** Another process's look at the same files: nothing of the first one is known to it. */
  reopen(): Promise<Workspace>
  /** Writes a file under `.muse/coordination/` as another program would. */
  put(name: string, content: object | string): string
  /** Writes the file of a pulled record. */
  pulled(record: { kind: string; record_id: string } & Record<string, unknown>): string
}

export async function workspaceAt(plugins: readonly Plugin[] = []): Promise<TestWorkspace> {
  const root = temporaryDirectory()
  const coordination = path.join(root, '.muse', 'coordination')
  fs.mkdirSync(coordination, { recursive: true })
  fs.writeFileSync(path.join(root, '.muse', 'HEAD'), 'ref: refs/heads/main\n')
  const clock = new StandingClock()
  const reopen = async () => (await openSession({ directory: root, env: {}, plugins, clock })).workspace
  const put = (name: string, content: object | string) => {
    const file = path.join(coordination, name)
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
    return file
  }
  const pulled: TestWorkspace['pulled'] = (record) => {
    const whole = {
      id: 1,
      run_id: '',
      payload: {},
      expires_at: null,
      author: 'gabriel',
      token: null,
      received_at: '2026-03-18T11:00:00.000Z',
      ...record,
    }
    return put(`remote/${record.kind}/${record.record_id}.json`, `${JSON.stringify(whole)}\n`)
  }
  return { root, clock, workspace: await reopen(), reopen, put, pulled }
}
