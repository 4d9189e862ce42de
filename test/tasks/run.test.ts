import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import { openSession } from '../../src/index.js'
import { guardCommand } from '../../src/sync/running/guard-command.js'
import { answer, passOnTo } from '../support/faulty-hub.js'
import { createMachine, type Machine } from '../support/machine.js'
import { documentOf, runCli } from '../support/run-cli.js'
import { EXECUTABLE, runExecutable, startExecutable } from '../support/run-executable.js'
import { createSwarm } from '../support/swarm.js'
import { StandingClock } from '../workspace/workspace-at.js'

async function verb(machine: Machine, ...argv: string[]) {
  const ended = await runCli(machine, [...argv, '--json'])
  // biome-ignore lint/suspicious/noExplicitAny: a JSON document, whose shape is what the tests look into
  const json: any = documentOf(ended)
  return { exitCode: ended.exitCode, json }
}

async function machineWithTask(): Promise<Machine> {
  const machine = await createMachine()
  await verb(machine, 'enqueue', 'task', '--id', 'task-1')
  return machine
}

async function statusOf(machine: Machine): Promise<string> {
  return (await verb(machine, 'tasks')).json.tasks[0].status
}

/** Resolves when a file is there: a command says so when it runs. */
async function appears(file: string): Promise<string> {
  for (let look = 0; look < 200; look++) {
    if (fs.existsSync(file)) return fs.readFileSync(file, 'utf8')
    await sleep(25)
  }
  throw new Error(`${file} did not come`)
}

/** Resolves when `run` has renewed its claim: by then it has done all that it does when a command starts. */
async function renewed({ coordination }: Machine): Promise<void> {
  const file = path.join(coordination, 'claims/task-1.json')
  const first = fs.readFileSync(file, 'utf8')
  for (let look = 0; look < 800; look++) {
    if (fs.readFileSync(file, 'utf8') !== first) return
    await sleep(25)
  }
  throw new Error('nothing was renewed')
}

/** Whether a process runs; one that is dead and not yet buried by its parent does not. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  const stat = `/proc/${pid}/stat`
  return !fs.existsSync(stat) || !/\) Z /.test(fs.readFileSync(stat, 'utf8'))
}

describe('run', () => {
  it('tells the command what it runs under, passes its output and its exit code on, and completes the task', async () => {
    const machine = await machineWithTask()
    const script = 'cat; echo "$MUSE_COORD_RUN_ID $MUSE_COORD_TASK_ID [$MUSE_COORD_TOKEN]"'
    const line = ['run', '--task', 'task-1', '--run-id', 'r1', '--', 'sh', '-c', script]
    const running = startExecutable(machine, line, { env: { MUSE_COORD_TOKEN: '99' } })
    running.child.stdin.end('input\n')
    expect(await running.ended).toMatchObject({ exitCode: 0, stdout: 'input\nr1 task-1 []\n' })
    expect(await statusOf(machine)).toBe('completed')
  })

  it('ties what the command takes by itself to its own process, unless the run lives longer', async () => {
    const machine = await machineWithTask()
    const line = (runId: string) => ['run', '--reserve', `${runId}.ts`, '--run-id', runId, '--', 'sh', '-c']
    const script = `"$0" "$1" reserve $MUSE_COORD_RUN_ID-more.ts --deny --ttl 1h && echo "[$MUSE_COORD_PID]"`
    const command = (runId: string) => [...line(runId), script, process.execPath, EXECUTABLE]
    expect((await runExecutable(machine, command('r1'))).stdout).toMatch(/\[\d+\]\n$/)
    const taken = await verb(machine, 'reserve', 'r1-more.ts', '--deny', '--run-id', 'r2')
    expect(taken).toMatchObject({ exitCode: 0, json: { conflicts: [] } })
    expect((await runExecutable(machine, command('r2'))).stdout).toMatch(/\[\]\n$/)
    expect((await verb(machine, 'check', 'r2-more.ts')).json).toMatchObject({ status: 'held' })
  })

  it('fails the task of a command that fails, or gives it back with --retry', async () => {
    const machine = await machineWithTask()
    const line = (...flags: string[]) => [
      'run',
      '--task',
      'task-1',
      '--run-id',
      'r1',
      '--json',
      ...flags,
      '--',
      'sh',
      '-c',
    ]
    const retried = await runExecutable(machine, [...line('--retry'), 'echo out; exit 9'])
    expect(retried).toMatchObject({ exitCode: 9, stderr: 'out\n' })
    expect(documentOf(retried)).toMatchObject({
      exit_code: 9,
      signal: null,
      lost: false,
      holds: [{ status: 'returned' }],
    })
    expect(await statusOf(machine)).toBe('pending')
    const killed = await runExecutable(machine, [...line(), 'kill -9 $$'])
    expect(killed.exitCode).toBe(137)
    expect(documentOf(killed)).toMatchObject({ exit_code: 137, signal: 'SIGKILL', holds: [{ status: 'failed' }] })
    expect((await verb(machine, 'tasks')).json.tasks[0].claim.error).toContain('SIGKILL')
  })

  it('starts nothing when another run holds the task, and gives it back when nothing can be started', async () => {
    const machine = await machineWithTask()
    const unknown = await runExecutable(machine, ['run', '--task', 'task-1', '--run-id', 'r1', '--', 'no-such-command'])
    expect(unknown).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('no-such-command cannot be started') })
    expect(await statusOf(machine)).toBe('pending')
    await verb(machine, 'claim', '--run-id', 'other')
    const mark = path.join(machine.root, 'started')
    const held = await runExecutable(machine, ['run', '--task', 'task-1', '--run-id', 'r1', '--', 'touch', mark])
    expect(held.exitCode).toBe(6)
    expect(fs.existsSync(mark)).toBe(false)
  })

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const)(
    'passes %s on, and gives the task back',
    async (signal) => {
      const machine = await machineWithTask()
      const mark = path.join(machine.root, 'started')
      const script = `trap 'exit 3' ${signal.slice(3)}; touch ${mark}; while :; do sleep 0.1; done`
      const running = startExecutable(machine, ['run', '--task', 'task-1', '--run-id', 'r1', '--', 'sh', '-c', script])
      await appears(mark)
      running.child.kill(signal)
      expect((await running.ended).exitCode).toBe(3)
      expect(await statusOf(machine)).toBe('pending')
    },
  )

  it('renews for as long as the command takes', async () => {
    const machine = await machineWithTask()
    const { mark, stop, script } = untilStopped(machine)
    const line = ['run', '--task', 'task-1', '--run-id', 'r1', '--ttl', '2', '--', 'sh', '-c', script]
    const running = startExecutable(machine, line)
    await appears(mark)
    const ending = await verb(machine, 'claim', '--wait', '--timeout', '2.3', '--run-id', 'r2')
    expect(ending.exitCode).toBe(8)
    stop()
    expect((await running.ended).exitCode).toBe(0)
  })

  it('keeps what the command has done with its task by itself', async () => {
    const machine = await machineWithTask()
    const cli = `${process.execPath} ${EXECUTABLE}`
    const script = `${cli} fail-task "$MUSE_COORD_TASK_ID" --run-id "$MUSE_COORD_RUN_ID" --retry; sleep 1`
    const line = ['run', '--task', 'task-1', '--run-id', 'r1', '--ttl', '3', '--json', '--', 'sh', '-c', script]
    const ended = await runExecutable(machine, line)
    expect(documentOf(ended)).toMatchObject({ exit_code: 0, holds: [{ status: 'ended by the command' }] })
    expect(await statusOf(machine)).toBe('pending')
  })

  it('holds addresses while the command runs, and releases them', async () => {
    const machine = await createMachine()
    const { mark, stop, script } = untilStopped(machine)
    const line = ['run', '--reserve', 'src/*.{js,ts}', 'docs/', '--run-id', 'r1', '--', 'sh', '-c', script]
    const running = startExecutable(machine, line)
    await appears(mark)
    expect(await verb(machine, 'check', 'src/a.ts', 'docs/x.md')).toMatchObject({ exitCode: 6 })
    const denied = ['run', '--reserve', 'src/a.ts', '--deny', '--run-id', 'r2', '--', 'true']
    expect((await runExecutable(machine, denied)).exitCode).toBe(6)
    stop()
    expect((await running.ended).exitCode).toBe(0)
    expect((await verb(machine, 'check', 'src/a.ts')).exitCode).toBe(0)
  })

  it('ends the command when it is interrupted while it starts, or by a caller that keeps the signals', async () => {
    const machine = await createMachine()
    for (const delay of [0, 100]) {
      const interruption = new AbortController()
      const { signal } = interruption
      const session = await openSession({ directory: machine.root, env: {}, signal })
      const place = { directory: machine.root, environment: process.env, holds: [], ttlSeconds: 60, graceSeconds: 1 }
      const stdoutTo = 'stdout' as const
      const guarded = guardCommand(session, { ...place, stdoutTo, command: ['sleep', '60'] })
      if (delay > 0) await sleep(delay)
      interruption.abort()
      expect(await guarded).toMatchObject({ signal: 'SIGTERM', end: { how: 'interrupted' } })
    }
  })

  it('passes on a signal that comes while the command is being started', async () => {
    const machine = await createMachine()
    const interruption = new AbortController()
    const session = await openSession({ directory: machine.root, env: {}, signal: interruption.signal })
    let send: ((signal: NodeJS.Signals) => void) | undefined
    const guarded = guardCommand(session, {
      ...{ directory: machine.root, environment: process.env, holds: [], ttlSeconds: 60, graceSeconds: 1 },
      ...{ stdoutTo: 'stdout', command: ['sleep', '60'] },
      takeSignals: (listener) => {
        send = listener
      },
    })
    send?.('SIGHUP')
    // Ends the command where the signal was lost.
    const isTaken = send !== undefined
    if (!isTaken) interruption.abort()
    expect(await guarded).toMatchObject({ exitCode: 129, signal: 'SIGHUP', end: { how: 'interrupted' } })
  })

  it('releases what else it holds when the end of one cannot be written, and says so', async () => {
    const machine = await machineWithTask()
    const line = ['run', '--task', 'task-1', '--reserve', 'src/a.ts', '--run-id', 'r1', '--json', '--', 'sh', '-c']
    const ended = await runExecutable(machine, [...line, "echo '{' > .muse/coordination/claims/task-1.json"])
    expect(ended.exitCode).toBe(1)
    expect(documentOf(ended)).toMatchObject({ status: 'local_files', error: expect.stringContaining('task-1.json') })
    // Half of a claim lies there, which may be of anything.
    expect((await verb(machine, 'check', 'src/a.ts')).json).toMatchObject({ status: 'unknown', holders: [] })
  })

  it.each([
    ['asks the command to end', ''],
    ['ends a command that does not when it is asked to', 'trap "" TERM; '],
  ])('%s when it is killed itself', async (_, first) => {
    const machine = await machineWithTask()
    const mark = path.join(machine.root, 'started')
    const script = `${first}echo $$ > ${mark}.new; mv ${mark}.new ${mark}; while :; do sleep 0.1; done`
    const line = ['run', '--task', 'task-1', '--run-id', 'r1', '--ttl', '2', '--grace', '1', '--', 'sh', '-c', script]
    const running = startExecutable(machine, line)
    const pid = Number(await appears(mark))
    await renewed(machine)
    running.child.kill('SIGKILL')
    await running.ended
    for (let look = 0; isRunning(pid) && look < 800; look++) await sleep(25)
    expect(isRunning(pid)).toBe(false)
  })

  it('leaves a lease that ends by itself when it is killed', async () => {
    const machine = await machineWithTask()
    const mark = path.join(machine.root, 'pid')
    const line = [
      'run',
      '--task',
      'task-1',
      '--run-id',
      'r1',
      '--ttl',
      '1',
      '--',
      'sh',
      '-c',
      `echo $$ > ${mark}; sleep 60`,
    ]
    const running = startExecutable(machine, line)
    await appears(mark)
    await renewed(machine)
    running.child.kill('SIGKILL')
    await running.ended
    expect((await verb(machine, 'claim', '--wait', '--timeout', '5', '--run-id', 'r2')).exitCode).toBe(0)
  })

  it.each([
    [['--task', 'task-1', '--run-id', 'r1'], 'stands after --'],
    [['--run-id', 'r1', '--', 'true'], '--reserve or --task or --hold'],
    [['--task', 'task-1', '--', 'true'], '--run-id is missing'],
  ])('refuses %j', async (argv, sentence) => {
    const machine = await machineWithTask()
    const ended = await runCli(machine, ['run', '--json', ...argv])
    expect(ended.exitCode).toBe(1)
    expect(documentOf(ended).error).toContain(sentence)
  })
})

describe('run, with a hub', () => {
  async function place() {
    const clock = new StandingClock(Date.now())
    const swarm = await createSwarm({ clock })
    const [a, b] = [await swarm.machine(), await swarm.machine()]
    await verb(a, 'enqueue', 'task', '--id', 'task-1')
    await a.push()
    return { ...swarm, clock, a, b }
  }

  it('gives the command the token of the hub', async () => {
    const { a } = await place()
    const line = ['run', '--task', 'task-1', '--run-id', 'r1', '--', 'sh', '-c', 'echo "token $MUSE_COORD_TOKEN"']
    expect(await runExecutable(a, line)).toMatchObject({ exitCode: 0, stdout: 'token 1\n' })
  })

  it('ends the command and all that it started when the lease is lost, and says 7', async () => {
    const { a, b, clock } = await place()
    const mark = path.join(a.root, 'pids')
    // Neither the command nor its child wants to end.
    const script = `trap '' TERM; sh -c 'trap "" TERM; echo $$ > ${mark}; while :; do sleep 0.1; done' & wait; while :; do sleep 0.1; done`
    const flags = ['--run-id', 'r1', '--ttl', '5', '--grace', '1', '--json']
    const running = startExecutable(a, ['run', '--task', 'task-1', ...flags, '--', 'sh', '-c', script])
    const pid = Number(await appears(mark))
    clock.move(60)
    expect((await verb(b, 'claim', 'task-1', '--run-id', 'r2', '--ttl', '600')).json).toMatchObject({ token: 2 })
    const ended = await running.ended
    expect(ended.exitCode).toBe(7)
    expect(documentOf(ended)).toMatchObject({ lost: true, holds: [{ task_id: 'task-1', status: 'lost' }] })
    expect(isRunning(pid)).toBe(false)
    expect((await verb(a, 'complete', 'task-1', '--run-id', 'r1')).exitCode).toBe(7)
    expect((await verb(b, 'complete', 'task-1', '--run-id', 'r2')).exitCode).toBe(0)
  }, 90_000)

  it('survives missed beats, and completes although the hub is away at the end', async () => {
    const { a, proxy, hub } = await place()
    const mark = path.join(a.root, 'started')
    const go = path.join(a.root, 'go')
    const script = `touch ${mark}; while [ ! -e ${go} ]; do sleep 0.1; done`
    const flags = ['--run-id', 'r1', '--ttl', '3', '--json']
    const running = startExecutable(a, ['run', '--task', 'task-1', ...flags, '--', 'sh', '-c', script])
    await appears(mark)
    proxy.behave(answer(500, { detail: 'broken', status: 'internal' }))
    await sleep(1500)
    proxy.behave(passOnTo(hub.url))
    await sleep(1500)
    proxy.behave(answer(500, { detail: 'broken', status: 'internal' }))
    fs.writeFileSync(go, '')
    const ended = await running.ended
    const document = documentOf(ended)
    expect(document).toMatchObject({ exit_code: 0, lost: false, holds: [{ status: 'completed', provisional: true }] })
    expect(document.missed_beats).toBeGreaterThanOrEqual(1)
    proxy.behave(passOnTo(hub.url))
    expect(await a.push()).toMatchObject({ updated: 1, lost: [] })
  }, 90_000)

  it('ends the command when no beat came through for a whole lease', async () => {
    const { a, proxy } = await place()
    const mark = path.join(a.root, 'started')
    const line = [
      'run',
      '--task',
      'task-1',
      '--run-id',
      'r1',
      '--ttl',
      '2',
      '--',
      'sh',
      '-c',
      `touch ${mark}; sleep 60`,
    ]
    const running = startExecutable(a, line)
    await appears(mark)
    // Takes requests and says nothing.
    proxy.behave(() => {})
    // The command alone would take a minute, which the test has not.
    const { exitCode, stderr } = await running.ended
    expect([exitCode, stderr]).toEqual([7, expect.stringContaining('is lost')])
  }, 90_000)
})

/** A command that makes a mark when it has begun, and runs until it is told to stop. */
function untilStopped({ root }: Machine) {
  const [mark, end] = [path.join(root, 'started'), path.join(root, 'stopped')]
  const script = `touch ${mark}; until [ -e ${end} ]; do sleep 0.05; done`
  return { mark, script, stop: () => fs.writeFileSync(end, '') }
}
