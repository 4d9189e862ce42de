/** `node agent-process.js LIBRARY DIRECTORY RUN`: reserves what each line of its input names, and says how that ended. */
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'

const [library, directory, runId] = process.argv.slice(2)
const { asCoordError, openSession, reserve } = await import(pathToFileURL(library).href)

for await (const address of createInterface({ input: process.stdin })) {
  const session = await openSession({ directory, env: process.env })
  const told = await reserve(session, { addresses: [address], runId, ttlSeconds: 300, deny: true }).then(
    ({ status, conflicts }) => ({ status, holders: conflicts.map((one) => one.runId) }),
    (error) => ({ status: asCoordError(error).status, error: asCoordError(error).message, holders: [] }),
  )
  process.stdout.write(`${JSON.stringify(told)}\n`)
}
