import PouchDB from 'pouchdb'
import { serveWork, timed } from '../worker.js'

const [directory, url] = process.argv.slice(2)
const database = new PouchDB(directory)
/** As many records at once as muse-coord sends; PouchDB's own default of 100 is slower. */
const BATCH = { batch_size: 500 }
const revisions = new Map()
let replication

async function put(records) {
  const documents = records.map(({ id, json }) => ({ ...JSON.parse(json), _id: id, _rev: revisions.get(id) }))
  for (const { id, rev, error } of await database.bulkDocs(documents)) {
    if (error) throw new Error(`${id}: ${error}`)
    revisions.set(id, rev)
  }
}

serveWork({
  write: put,
  push: () => timed(() => database.replicate.to(url, BATCH)),
  pull: () => timed(() => database.replicate.from(url, BATCH)),
  pushLive: () => live(() => database.replicate.to(url, { live: true })),
  pullLive: () => live(() => database.replicate.from(url, { live: true })),
  async writeNow(record) {
    const writtenAt = process.hrtime.bigint()
    await put([record])
    return writtenAt
  },
  arrivalOf: (id) =>
    new Promise((resolve) => {
      const changes = database.changes({ since: 'now', live: true }).on('change', (change) => {
        if (change.id !== id) return
        changes.cancel()
        resolve(process.hrtime.bigint())
      })
    }),
})

/** Resolves when the replication has caught up and waits. */
function live(start) {
  if (replication !== undefined) return
  replication = start()
  return new Promise((resolve) => replication.once('paused', resolve))
}
