import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { type TestVerbs, verbsAt } from '../verbs/verbs-at.js'

const enqueue = async (verbs: TestVerbs, ...argv: string[]) =>
  (await verbs.run('enqueue', ...argv)).json.task_id as string

describe('enqueue', () => {
  it('writes the task as it was given, its payload untouched', async () => {
    const verbs = await verbsAt()
    const { json, exitCode } = await verbs.run(
      'enqueue',
      'Port the parser',
      '--queue',
      'q',
      '--priority',
      '-5',
      '--payload',
      '{"fooBar": [1, {"a_b": null}]}',
      '--tags',
      'x',
      'y,z',
      '--run-id',
      'run-1',
    )
    expect(exitCode).toBe(0)
    expect(json).toMatchObject({
      status: 'pending',
      payload: { fooBar: [1, { a_b: null }] },
      duration_ms: expect.any(Number),
    })
    const file = path.join(verbs.root, '.muse/coordination/tasks', `${json.task_id}.json`)
    expect(JSON.parse(fs.readFileSync(file, 'utf8'))).toEqual({
      schema_version: '1',
      task_id: json.task_id,
      run_id: 'run-1',
      title: 'Port the parser',
      queue: 'q',
      priority: -5,
      payload: { fooBar: [1, { a_b: null }] },
      tags: ['x', 'y', 'z'],
      after: [],
      created_at: '2026-03-18T12:00:00.000000+00:00',
    })
  })

  it.each([
    ['a number that no double holds', ['--payload', '{"n": 12345678901234567890}'], /12345678901234567890/],
    ['a number beyond every double', ['--payload', '{"n": 1e400}'], /write this one as text: "1e400"/],
    ['a payload that is no JSON', ['--payload', '{half'], /--payload must be JSON/],
    ['a priority that is no number', ['--priority', 'high'], /--priority must be/],
    ['a run id that could not travel', ['--run-id', 'a b'], /--run-id must be/],
    ['an id that could not travel', ['--id', '../x'], /could not travel/],
    ['a title of nothing', null, /title/],
  ])('refuses %s, and writes nothing', async (_, argv, sentence) => {
    const verbs = await verbsAt()
    const ending = await verbs.run('enqueue', ...(argv === null ? [' '] : ['t', ...argv]))
    expect(ending).toMatchObject({ exitCode: 1, json: { status: 'bad_args', error: expect.stringMatching(sentence) } })
    expect(fs.existsSync(path.join(verbs.root, '.muse/coordination/tasks'))).toBe(false)
  })

  it('refuses a payload that is too large to travel', async () => {
    const verbs = await verbsAt()
    const ending = await verbs.run('enqueue', 't', '--payload', JSON.stringify('x'.repeat(300_000)))
    expect(ending).toMatchObject({ exitCode: 1, json: { error: expect.stringContaining('over 262144') } })
  })

  it('names the nearest task when one of --after does not exist', async () => {
    const verbs = await verbsAt()
    await enqueue(verbs, 'Build', '--id', 'build-all')
    const ending = await verbs.run('enqueue', 'Test', '--after', 'biuld-all')
    expect(ending).toMatchObject({ exitCode: 4, json: { error: expect.stringContaining('build-all') } })
  })

  it('refuses tasks that would wait for each other, and names the way round', async () => {
    const verbs = await verbsAt()
    verbs.put('tasks/b.json', { task_id: 'b', after: ['c'] })
    verbs.put('tasks/c.json', { task_id: 'c', after: ['a'] })
    for (const argv of [
      ['--id', 'a', '--after', 'b'],
      ['--id', 'x', '--after', 'x'],
    ]) {
      const ending = await verbs.run('enqueue', 't', ...argv)
      expect(ending.exitCode).toBe(1)
      expect(ending.json.error).toMatch(/a → b → c → a|x → x/)
    }
  })

  it('gives an id once, also to two that ask at the same instant', async () => {
    const verbs = await verbsAt()
    const endings = await Promise.all([1, 2, 3].map((n) => verbs.run('enqueue', `task ${n}`, '--id', 'same')))
    expect(endings.map(({ exitCode }) => exitCode).sort()).toEqual([0, 1, 1])
    expect(endings.find(({ exitCode }) => exitCode === 1)?.json.status).toBe('conflict')
  })
})

describe('claim, without a hub', () => {
  it('takes the highest priority, then the oldest, of the queues asked for', async () => {
    const verbs = await verbsAt()
    const old = await enqueue(verbs, 'old')
    verbs.clock.move(1)
    const late = await enqueue(verbs, 'late')
    const urgent = await enqueue(verbs, 'urgent', '--priority', '1')
    const other = await enqueue(verbs, 'other', '--priority', '9', '--queue', 'other')
    const claimed: string[] = []
    for (let run = 0; run < 3; run++) {
      claimed.push((await verbs.run('claim', '--run-id', `run-${run}`, '--queue', 'default')).json.task_id)
    }
    expect(claimed).toEqual([urgent, old, late])
    expect(await verbs.run('claim', '--run-id', 'r', '--queue', 'default')).toMatchObject({
      exitCode: 4,
      json: { status: 'not_found', error: expect.stringContaining('3 claimed') },
    })
    expect((await verbs.run('claim', '--run-id', 'r')).json).toMatchObject({
      task_id: other,
      token: null,
      renewed: false,
      provisional: false,
      space: null,
    })
  })

  it('moves the end of the claim when the same run claims again, and says so', async () => {
    const verbs = await verbsAt()
    const task = await enqueue(verbs, 't')
    const first = (await verbs.run('claim', task, '--run-id', 'a', '--ttl', '60')).json
    verbs.clock.move(30)
    const again = await verbs.run('claim', task, '--run-id', 'a', '--ttl', '60')
    expect(again.json).toMatchObject({ renewed: true, claimed_at: first.claimed_at })
    expect(Date.parse(again.json.expires_at) - Date.parse(first.expires_at)).toBe(30_000)
    expect(again.text).toContain('Renewed')
  })

  it('gives a lapsed claim to the next run, and tells the first that it has lost it', async () => {
    const verbs = await verbsAt()
    const task = await enqueue(verbs, 't')
    await verbs.run('claim', task, '--run-id', 'a', '--ttl', '60')
    expect((await verbs.run('claim', task, '--run-id', 'b')).exitCode).toBe(6)
    verbs.clock.move(60)
    expect((await verbs.run('claim', '--run-id', 'b')).json.task_id).toBe(task)
    for (const argv of [
      ['claim', task],
      ['complete', task],
      ['fail-task', task],
      ['fail-task', task, '--retry'],
    ]) {
      const [name = '', ...rest] = argv
      const ending = await verbs.run(name, ...rest, '--run-id', 'a')
      expect(ending).toMatchObject({
        exitCode: 7,
        json: { status: 'lease_lost', error: expect.stringContaining('b holds it') },
      })
      expect(ending.json.hint).toContain('Stop')
    }
    expect((await verbs.run('complete', task, '--run-id', 'b')).exitCode).toBe(0)
  })

  it('lets a run end what has lapsed and nobody else took', async () => {
    const verbs = await verbsAt()
    const task = await enqueue(verbs, 't')
    await verbs.run('claim', task, '--run-id', 'a', '--ttl', '1')
    verbs.clock.move(3600)
    expect((await verbs.run('complete', task, '--run-id', 'a')).json.status).toBe('completed')
  })

  it('never gives out a finished task again, whatever the clock does', async () => {
    const verbs = await verbsAt()
    const task = await enqueue(verbs, 't')
    await verbs.run('claim', task, '--run-id', 'a', '--ttl', '1')
    await verbs.run('complete', task, '--run-id', 'a')
    for (const seconds of [1e6, -2e6]) {
      verbs.clock.move(seconds)
      expect((await verbs.run('claim', '--run-id', 'b')).exitCode).toBe(4)
      expect(await verbs.run('claim', task, '--run-id', 'b')).toMatchObject({
        exitCode: 4,
        json: { error: expect.stringContaining('completed, by a') },
      })
    }
  })

  it('lets a claim stand when the clock is set back', async () => {
    const verbs = await verbsAt()
    const task = await enqueue(verbs, 't')
    await verbs.run('claim', task, '--run-id', 'a', '--ttl', '60')
    verbs.clock.move(-86_400)
    expect((await verbs.run('claim', '--run-id', 'b')).exitCode).toBe(4)
    expect((await verbs.run('complete', task, '--run-id', 'a')).exitCode).toBe(0)
  })

  it('does not take over a file that holds no record, and names it', async () => {
    const verbs = await verbsAt()
    await enqueue(verbs, 't', '--id', 'task-1')
    verbs.put('claims/task-1.json', '{"task_id": "task-1", "claimer')
    const ending = await verbs.run('claim', 'task-1', '--run-id', 'a')
    expect(ending).toMatchObject({ exitCode: 1, json: { error: expect.stringContaining('task-1.json') } })
  })

  it('finds a task by the beginning of its id, and names the nearest to one that is not there', async () => {
    const verbs = await verbsAt()
    await enqueue(verbs, 't', '--id', 'deploy-eu')
    await enqueue(verbs, 't', '--id', 'deploy-us')
    expect((await verbs.run('claim', 'depl', '--run-id', 'a')).json.error).toContain('deploy-eu, deploy-us')
    expect(await verbs.run('claim', 'deploy-ue', '--run-id', 'a')).toMatchObject({
      exitCode: 4,
      json: { error: expect.stringContaining('the nearest: deploy-') },
    })
    expect((await verbs.run('claim', 'deploy-e', '--run-id', 'a')).json.task_id).toBe('deploy-eu')
  })

  it.each([
    [['--run-id', 'a b'], /--run-id must be/],
    [[], /--run-id is missing/],
    [['--run-id', 'a', '--ttl', '0'], /--ttl must be/],
    [['--run-id', 'a', '--timeout', 'soon'], /--timeout must be/],
  ])('refuses %j', async (argv, sentence) => {
    const verbs = await verbsAt()
    const ending = await verbs.run('claim', ...argv)
    expect(ending).toMatchObject({ exitCode: 1, json: { status: 'bad_args', error: expect.stringMatching(sentence) } })
  })
})

describe('the end of a task', () => {
  it('keeps the result as it was given, says the same when asked twice, and frees those that wait', async () => {
    const verbs = await verbsAt()
    const first = await enqueue(verbs, 'first')
    const second = await enqueue(verbs, 'second', '--after', first)
    expect(await verbs.run('claim', second, '--run-id', 'b')).toMatchObject({
      exitCode: 4,
      json: { error: expect.stringContaining('waits for') },
    })
    await verbs.run('claim', first, '--run-id', 'a')
    const done = await verbs.run('complete', first, '--run-id', 'a', '--result', '{"camelCase":1}')
    expect(done.json).toMatchObject({ status: 'completed', result: { camelCase: 1 }, unchanged: false })
    verbs.clock.move(60)
    const again = await verbs.run('complete', first, '--run-id', 'a', '--result', '{"other":2}')
    expect(again.json).toMatchObject({ result: { camelCase: 1 }, unchanged: true, ended_at: done.json.ended_at })
    expect(await verbs.run('fail-task', first, '--run-id', 'a')).toMatchObject({
      exitCode: 1,
      json: { status: 'conflict' },
    })
    expect((await verbs.run('claim', '--run-id', 'b')).json.task_id).toBe(second)
  })

  it('frees a task at once that is given back, also for a clock that goes wrong', async () => {
    const verbs = await verbsAt()
    const task = await enqueue(verbs, 't')
    await verbs.run('claim', task, '--run-id', 'a')
    expect((await verbs.run('fail-task', task, '--run-id', 'a', '--retry', '--error', 'no disk')).json).toMatchObject({
      status: 'returned',
      error: 'no disk',
    })
    verbs.clock.move(-10 * 365 * 86_400)
    expect((await verbs.run('claim', '--run-id', 'b')).json).toMatchObject({ task_id: task, renewed: false })
    expect((await verbs.run('complete', task, '--run-id', 'a')).exitCode).toBe(6)
  })

  it('blocks those that wait for a task which failed', async () => {
    const verbs = await verbsAt()
    const first = await enqueue(verbs, 'first', '--id', 'task-1')
    const second = await enqueue(verbs, 'second', '--id', 'task-2', '--after', first)
    await verbs.run('claim', first, '--run-id', 'a')
    await verbs.run('fail-task', first, '--run-id', 'a', '--error', 'tests fail')
    const { json } = await verbs.run('tasks', '--status', 'blocked,failed')
    expect(json.tasks.map(({ task_id, status }: { task_id: string; status: string }) => [task_id, status])).toEqual([
      [first, 'failed'],
      [second, 'blocked'],
    ])
    expect(json.tasks[0]?.claim).toMatchObject({ run_id: 'a', error: 'tests fail' })
    expect(await verbs.run('wait', second, '--timeout', '5')).toMatchObject({
      exitCode: 4,
      json: { error: expect.stringContaining('failed') },
    })
  })

  it('is refused to a run that never claimed the task', async () => {
    const verbs = await verbsAt()
    const task = await enqueue(verbs, 't')
    expect(await verbs.run('complete', task, '--run-id', 'a')).toMatchObject({
      exitCode: 1,
      json: { hint: expect.stringContaining(`claim --run-id a ${task}`) },
    })
    await verbs.run('claim', task, '--run-id', 'b')
    expect((await verbs.run('complete', task, '--run-id', 'a')).exitCode).toBe(6)
    expect((await verbs.run('complete', 'nothing-like-it', '--run-id', 'a')).exitCode).toBe(4)
    expect((await verbs.run('complete', task, '--run-id', 'b', '--result', '{')).exitCode).toBe(1)
  })
})

describe('tasks', () => {
  it('lists what matches all filters, in the order of claiming, and counts the rest', async () => {
    const verbs = await verbsAt()
    for (const n of [1, 2, 3]) await enqueue(verbs, `t${n}`, '--id', `task-${n}`, '--tags', n === 2 ? 'odd' : 'even')
    await enqueue(verbs, 'other', '--queue', 'q', '--id', 'other')
    await verbs.run('claim', 'task-3', '--run-id', 'a')
    const list = async (...argv: string[]) => {
      const { json } = await verbs.run('tasks', ...argv)
      return [json.count, ...json.tasks.map(({ task_id }: { task_id: string }) => task_id)]
    }
    expect(await list('--limit', '2')).toEqual([4, 'other', 'task-1'])
    expect(await list('--queue', 'default', '--status', 'pending')).toEqual([2, 'task-1', 'task-2'])
    expect(await list('--run-id', 'a')).toEqual([1, 'task-3'])
    expect(await list('--tag', 'odd', '--status', 'pending,claimed')).toEqual([1, 'task-2'])
    expect((await verbs.run('tasks', '--status', 'open')).json.error).toContain('one of pending')
    const { text } = await verbs.runIn({ columns: 60 }, 'tasks')
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(60)
  })

  it('says so when there are none', async () => {
    const verbs = await verbsAt()
    expect(await verbs.run('tasks')).toMatchObject({ exitCode: 0, json: { count: 0, tasks: [] }, text: '(no tasks)\n' })
  })
})
