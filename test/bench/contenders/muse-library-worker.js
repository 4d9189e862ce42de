import { importLibrary } from '../build.js'
import { serveWork, timed } from '../worker.js'

const [directory] = process.argv.slice(2)
const { openSession, pull, push } = await importLibrary()
const session = await openSession({ directory, env: process.env })

serveWork({
  push: () =>
    timed(async () => {
      const { errors } = await push(session)
      if (errors.length > 0) throw new Error(errors.join('\n'))
    }),
  pull: () => timed(() => pull(session, { all: true, keepRecords: false })),
})
