import fs from 'node:fs'
import path from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Random } from '../soak/random.js'
import { mutate } from './mutate.js'
import { namesOutside } from './promises.js'
import type { Target } from './target.js'

export interface Attack {
  readonly target: Target
  /** Of its own, and empty. */
  readonly directory: string
  readonly seed: number
  readonly seconds: number
  /** Where the input lies that is being taken: it outlives a process that ends or hangs. */
  readonly inputFile: string
}

export interface Attacks {
  readonly inputs: number
  /** What is used more at the end than after the first inputs, MB. */
  readonly grownMegabytes: number
  /** The promise that was broken; the input lies in the file. */
  readonly violation: string | null
}

/** What an input of 256 KiB may keep of memory, over and over, is nothing; what is left is what V8 has not collected yet. */
const MAX_GROWTH_MEGABYTES = 150
const WARM_UP_INPUTS = 200

/** Gives inputs to one target until the time is over or a promise is broken. */
export async function attack({ target, directory, seed, seconds, inputFile }: Attack): Promise<Attacks> {
  const random = new Random(`${seed}/${target.name}`)
  const attacked = await target.start(directory)
  const names = namesOutside(directory)
  const until = performance.now() + seconds * 1000
  let inputs = 0
  let usedAtFirst = 0
  let violation: string | null = null
  while (violation === null && performance.now() < until) {
    if (inputs === WARM_UP_INPUTS) usedAtFirst = usedMegabytes()
    const input = inputs < target.seeds.length ? Buffer.from(target.seeds[inputs] as string) : mutate(random, target)
    fs.writeFileSync(inputFile, input)
    inputs++
    try {
      await attacked.take(input)
    } catch (thrown) {
      violation = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
    }
    // As between the calls of any program: what a native module has let go of is freed there and nowhere else.
    await nextTurn()
    if (namesOutside(directory) !== names) violation ??= `written outside: ${namesOutside(directory)}`
  }
  const grownMegabytes = inputs > WARM_UP_INPUTS ? Math.round(usedMegabytes() - usedAtFirst) : 0
  if (grownMegabytes > MAX_GROWTH_MEGABYTES) violation ??= `grown by ${grownMegabytes} MB in ${inputs} inputs`
  await attacked.close()
  return { inputs, grownMegabytes, violation }
}

function usedMegabytes(): number {
  globalThis.gc?.()
  return process.memoryUsage().rss / 2 ** 20
}

/** Where an attack has its directory and its input. */
export function placesIn(place: string, name: string): { readonly directory: string; readonly inputFile: string } {
  const directory = path.join(place, name)
  fs.mkdirSync(directory)
  return { directory, inputFile: path.join(place, `${name}.input`) }
}
