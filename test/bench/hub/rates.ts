import { type Contender, WRITERS } from './contender.js'
import { batchesOf } from './rows.js'

/** Records in a second, a sample a run. */
export interface Rates {
  readonly name: string
  readonly push: number[]
  readonly pull: number[]
}

/** Lets the contenders write and read the same rows one after the other, again and again: A B C A B C …. */
export async function measureRates(contenders: readonly Contender[], runs: number, count: number): Promise<Rates[]> {
  const rates = contenders.map(({ name }): Rates => ({ name, push: [], pull: [] }))
  const each = Math.ceil(count / WRITERS)
  for (let run = 0; run < runs; run++) {
    for (const [index, contender] of contenders.entries()) {
      const opened = await contender.open()
      const writers = Array.from({ length: WRITERS }, (_, writer) => writer)
      // Spaces, connections and compiled code are there before the clock runs.
      for (const writer of writers)
        for (const push of opened.prepare(writer + WRITERS, batchesOf(1000, `w${writer}`))) await push()
      const pushes = writers.map((writer) => opened.prepare(writer, batchesOf(each, `r${run}w${writer}`)))
      rates[index]?.push.push(
        (each * WRITERS) /
          (await secondsOf(() =>
            Promise.all(
              pushes.map(async (own) => {
                for (const push of own) await push()
              }),
            ),
          )),
      )
      let read = 0
      const seconds = await secondsOf(async () => {
        for (const count of await Promise.all(writers.map((writer) => opened.readAll(writer)))) read += count
      })
      if (read !== each * WRITERS) throw new Error(`${contender.name}: ${read} of ${each * WRITERS} rows were read`)
      rates[index]?.pull.push(read / seconds)
      await opened.close()
    }
  }
  return rates
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1000
}
