import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { loadSqlite, type SqliteDatabase } from '../../src/files/load-sqlite.js'
import { isBusy, judgeIndexFault } from '../../src/workspace/index/index-fault.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

const open = loadSqlite()

function thrownBy(action: () => unknown): unknown {
  try {
    action()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

/** What one asks of a database, by each of the ways in which it is asked. */
function asked(database: SqliteDatabase): [string, () => unknown][] {
  const statement = database.prepare('SELECT * FROM files')
  const change = database.prepare('INSERT INTO files VALUES (2)')
  return [
    ['all', () => statement.all()],
    ['get', () => statement.get()],
    ['run', () => change.run()],
    ['exec', () => database.exec('INSERT INTO files VALUES (3)')],
  ]
}

describe('a fault of the index', () => {
  it('passes where another process has it locked, whatever was asked of it', () => {
    const file = path.join(temporaryDirectory(), 'index.db')
    const [one, other] = [open(file), open(file)]
    one.exec('PRAGMA journal_mode = TRUNCATE; CREATE TABLE files (id INTEGER); INSERT INTO files VALUES (1)')
    const ways = asked(other)
    one.exec('BEGIN EXCLUSIVE')
    const judged = ways.map(([way, ask]) => {
      const error = thrownBy(ask)
      return [way, judgeIndexFault(error), isBusy(error)]
    })
    expect(judged).toEqual(ways.map(([way]) => [way, 'passing', true]))
    one.close()
    other.close()
  })

  it('is a damage where the file is none of SQLite any more', () => {
    const file = path.join(temporaryDirectory(), 'index.db')
    const first = open(file)
    first.exec('CREATE TABLE files (id INTEGER)')
    const ways = asked(first)
    writeFileSync(file, 'no database at all'.repeat(500))
    expect(ways.map(([way, ask]) => [way, judgeIndexFault(thrownBy(ask))])).toEqual(
      ways.map(([way]) => [way, 'damaged']),
    )
    first.close()
  })
})
