import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { type Behaviour, keepAnswersOf, passOnTo, passOnWithout } from '../support/faulty-hub.js'
import { documentOf, runCli } from '../support/run-cli.js'
import { createSwarm } from '../support/swarm.js'

/** What becomes of one request and of its answer. */
type Weather = 'fair' | 'plain' | 'lost'

const CONTENDERS = 4
const ROUNDS = 2
/** More than they can have and finish, so that one who gets none has been passed over. */
const TASKS = CONTENDERS * ROUNDS + 1

const play = fc.record({
  weather: fc.array(
    fc.oneof(
      { weight: 4, arbitrary: fc.constant<Weather>('fair') },
      // As a hub answers that cannot be asked for the first: the asker goes on one by one, beside those that do not.
      { weight: 2, arbitrary: fc.constant<Weather>('plain') },
      // The hub has decided, and nobody hears of it.
      { weight: 1, arbitrary: fc.constant<Weather>('lost') },
    ),
    { minLength: 8, maxLength: 16 },
  ),
  endings: fc.array(fc.boolean(), { minLength: CONTENDERS * ROUNDS, maxLength: CONTENDERS * ROUNDS }),
})

describe('contenders that ask at once, some for the first and some one by one, while answers are lost', () => {
  it('never hold one task at a time, and none of them comes away empty while something is free', async () => {
    // One play a run of the tests, another one each time: the same rule is tried 500 times a run where the hub decides.
    await fc.assert(fc.asyncProperty(play, contend), { numRuns: 1, endOnFailure: true })
  }, 120_000)
})

async function contend({ weather, endings }: { weather: Weather[]; endings: boolean[] }): Promise<void> {
  const swarm = await createSwarm()
  const [a, b] = [await swarm.machine(), await swarm.machine()]
  for (let n = 0; n < TASKS; n++) await runCli(a, ['enqueue', `task ${n}`, '--id', `t${n}`])
  await a.push()
  await Promise.all([a.pull({ all: true }), b.pull({ all: true })])
  swarm.proxy.behave(changing(weather, swarm.hub.url))

  const holders = new Map<string, string>()
  const finished: string[] = []
  async function contender(number: number): Promise<void> {
    const machine = number % 2 === 0 ? a : b
    const runId = `r${number}`
    const verb = async (...argv: string[]) => documentOf(await runCli(machine, [...argv, '--run-id', runId, '--json']))
    for (let round = 0; round < ROUNDS; round++) {
      // biome-ignore lint/suspicious/noExplicitAny: a JSON document, whose shape is what is looked into
      const got: any = await verb('claim')
      expect({ runId, ...got }).toMatchObject({ task_id: expect.any(String), resumed: false })
      const taskId: string = got.task_id
      expect({ taskId, holder: holders.get(taskId) ?? null }).toEqual({ taskId, holder: null })
      expect(finished).not.toContain(taskId)
      holders.set(taskId, runId)
      // Others ask while it is held; it is this run's still.
      const beat = await verb('heartbeat')
      expect(beat).toMatchObject({ renewed: [expect.objectContaining({ kind: 'claim', record_id: taskId })] })
      const isFinished = endings[number * ROUNDS + round] === true
      // The hub may have it given back, and granted to somebody else, before the answer is here.
      holders.delete(taskId)
      if (isFinished) finished.push(taskId)
      await verb(...(isFinished ? ['complete', taskId] : ['fail-task', taskId, '--retry']))
    }
  }
  await Promise.all(Array.from({ length: CONTENDERS }, (_, number) => contender(number)))

  const claims = (await swarm.stored()).filter(({ kind }) => kind === 'claim')
  const ended = claims.filter(({ expiresAt }) => expiresAt === null).map(({ recordId }) => recordId)
  expect(ended.sort()).toEqual(finished.sort())
}

/** One sort of weather a request, over and over; the retry of an answer that was lost is answered. */
function changing(weather: readonly Weather[], hubUrl: string): Behaviour {
  const [fair, plain] = [passOnTo(hubUrl), passOnWithout(['features'], hubUrl)]
  let count = 0
  let lastLost = -1
  return (request, response) => {
    const now = weather[count++ % weather.length]
    if (request.method !== 'POST' || now === 'fair') return fair(request, response)
    if (now === 'plain') return plain(request, response)
    // Several in a row would be a hub that is out of reach, which is no contest.
    if (lastLost >= 0 && count - lastLost < 4) return fair(request, response)
    lastLost = count
    return new Promise<void>((resolve) => {
      const cut = () => {
        response.destroy()
        resolve()
      }
      void keepAnswersOf(hubUrl, cut)(request, response)
    })
  }
}
