/**
 * `node agent-process.js LIBRARY DIRECTORY RUN`: does what each line of its input asks, `{"ask": "reserve" | "check", "address"}`,
 * and says how that ended. What is checked is pulled before.
 */
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'

const [library, directory, runId] = process.argv.slice(2)
const { asCoordError, check, openSession, pull, reserve } = await import(pathToFileURL(library).href)

const QUESTIONS = {
  async reserve(session, address) {
    const { status, conflicts } = await reserve(session, { addresses: [address], runId, ttlSeconds: 300, deny: true })
    return { status, holders: conflicts.map((one) => one.runId) }
  },
  async check(session, address) {
    await pull(session, { all: true })
    const { status, holders } = check(session, { addresses: [address], runId })
    return { status, holders: holders.map((one) => one.runId) }
  },
}

for await (const line of createInterface({ input: process.stdin })) {
  const { ask, address } = JSON.parse(line)
  const session = await openSession({ directory, env: process.env })
  const told = await QUESTIONS[ask](session, address).catch((error) => {
    const { status, message } = asCoordError(error)
    return { status, error: message, holders: [] }
  })
  process.stdout.write(`${JSON.stringify(told)}\n`)
}
