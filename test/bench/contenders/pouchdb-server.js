import { mkdirSync } from 'node:fs'
import path from 'node:path'
import express from 'express'
import expressPouchdb from 'express-pouchdb'
import PouchDB from 'pouchdb'
import { serveWork } from '../worker.js'

const [directory] = process.argv.slice(2)

serveWork({
  listen: () =>
    new Promise((resolve) => {
      mkdirSync(directory, { recursive: true })
      const Databases = PouchDB.defaults({ prefix: `${directory}/` })
      const app = express()
      app.use(
        expressPouchdb(Databases, {
          mode: 'minimumForPouchDB',
          inMemoryConfig: true,
          logPath: path.join(directory, 'log.txt'),
        }),
      )
      const server = app.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${server.address().port}/space`))
    }),
})
