import { afterAll, beforeAll } from '@jest/globals'
import { openStore } from '../../../src/hub/stores/open-store.js'
import { describeStore } from '../../../src/testing/describe-store.js'
import { type PostgresServer, startPostgres } from '../../support/postgres.js'

let server: PostgresServer
beforeAll(async () => {
  server = await startPostgres()
}, 60_000)
afterAll(() => server.remove())

describeStore('postgres', (place) => openStore(server.url(place)))
