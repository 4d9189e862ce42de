import { importLibrary } from '../build.js'
import { serveWork, timed } from '../worker.js'

const [directory] = process.argv.slice(2)
const { createContainer, pull, push } = await importLibrary()
const container = await createContainer()

serveWork({
  push: () =>
    timed(async () => {
      const { errors } = await push({ container, directory })
      if (errors.length > 0) throw new Error(errors.join('\n'))
    }),
  pull: () => timed(() => pull({ container, directory, all: true, keepRecords: false })),
})
