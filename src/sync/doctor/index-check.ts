import { statfsSync } from 'node:fs'
import { asCoordError } from '../../base/errors.js'
import { shellWord } from '../../base/shell-word.js'
import { loadSqlite } from '../../files/load-sqlite.js'
import { StoreIndex } from '../../workspace/index/store-index.js'
import { type Check, fine, wrong } from './check.js'

/** Less than SQLite takes for a change of a store of some size. */
const FULL_BYTES = 1024 * 1024

/** Whether the index of the store can be used: without it every command reads every file. */
export const indexCheck: Check = {
  name: 'index',
  examine({ repo }) {
    try {
      loadSqlite()
    } catch (error) {
      const { message, hint } = asCoordError(error)
      return [wrong(`every command reads every file: ${message}`, hint)]
    }
    const isThere = [...repo.sync.names()].some((name) => /^index\.\d+\.db$/.test(name))
    if (!isThere) return [fine('the index is made when there is something to find')]
    if (StoreIndex.of(repo).read(() => true)) return [fine('the index can be asked')]
    const { bavail, bsize } = statfsSync(repo.sync.path)
    if (bavail * bsize < FULL_BYTES) {
      const left = `the disk is full (${bavail * bsize} bytes are free), so the index cannot be asked and every command reads every file`
      return [wrong(left, `make room there: df -h ${shellWord(repo.sync.path)}`)]
    }
    return [
      wrong('the index cannot be asked, so every command reads every file', `rm ${shellWord(repo.sync.path)}/index.*`),
    ]
  },
}
