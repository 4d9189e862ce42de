import { fork } from 'node:child_process'
import { endProcess } from './end-process.js'

/**
 * A process that works for a contender: what it does is measured inside of it, and the modules it has loaded stay loaded,
 * as they do in a program that uses a library.
 */
export class Worker {
  #child
  #waiting = new Map()
  #count = 0

  /** @param {string} module that calls {@link serveWork} @param {readonly string[]} args @param {NodeJS.ProcessEnv} env */
  constructor(module, args = [], env = process.env) {
    this.#child = fork(module, args, { env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'], serialization: 'advanced' })
    this.#child.on('message', ({ number, value, error }) => {
      const { resolve, reject } = this.#waiting.get(number)
      this.#waiting.delete(number)
      if (error === undefined) resolve(value)
      else reject(new Error(error))
    })
    this.#child.on('exit', (code, signal) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`${module} ended: ${code ?? signal}`))
    })
  }

  get pid() {
    return this.#child.pid
  }

  /** Has one thing done and gives its result. */
  do(name, ...args) {
    const number = this.#count++
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, { resolve, reject })
      this.#child.send({ number, name, args })
    })
  }

  /** Ends the process and waits until it is gone. */
  close() {
    return endProcess(this.#child)
  }
}

/** In the worker: does what is asked for, by the names of these functions. */
export function serveWork(functions) {
  process.on('message', async ({ number, name, args }) => {
    try {
      process.send({ number, value: await functions[name](...args) })
    } catch (error) {
      process.send({ number, error: error.stack ?? String(error) })
    }
  })
}

/** Milliseconds that something takes. */
export async function timed(action) {
  const startedAt = performance.now()
  await action()
  return performance.now() - startedAt
}
