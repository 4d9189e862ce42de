import path from 'node:path'
import { Worker } from '../worker.js'
import { readyClaimers } from './workers.js'

const contender = (name) => path.join(import.meta.dirname, '..', 'contenders', name)

/** A document a claim, put straight into the server: it refuses the second one of an id with 409. */
export const pouchdbClaims = {
  name: 'PouchDB',
  async open(directory, { contenders }) {
    const server = new Worker(contender('pouchdb-server.js'), [path.join(directory, 'hub')])
    const url = await server.do('listen')
    const module = path.join(import.meta.dirname, 'pouchdb-claimer.js')
    const workers = Array.from({ length: contenders }, (_, number) => new Worker(module, [url, `run-${number}`]))
    return readyClaimers(workers, () => server.close())
  },
}
