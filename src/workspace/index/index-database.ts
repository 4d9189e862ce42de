import type { SqliteDatabase, SqliteStatement, SqliteValue } from '../../files/load-sqlite.js'

/** A connection whose statements are compiled once. */
export class IndexDatabase {
  readonly #database: SqliteDatabase
  readonly #statements = new Map<string, SqliteStatement>()

  constructor(database: SqliteDatabase) {
    this.#database = database
  }

  exec(sql: string): void {
    this.#database.exec(sql)
  }

  run(sql: string, ...values: SqliteValue[]): void {
    this.#prepared(sql).run(...values)
  }

  /** @typeParam Row what the columns of the statement hold; a file that is damaged may hold anything */
  get<Row>(sql: string, ...values: SqliteValue[]): Row | undefined {
    return this.#prepared(sql).get(...values) as Row | undefined
  }

  all<Row>(sql: string, ...values: SqliteValue[]): Row[] {
    return this.#prepared(sql).all(...values) as Row[]
  }

  close(): void {
    this.#statements.clear()
    this.#database.close()
  }

  #prepared(sql: string): SqliteStatement {
    let statement = this.#statements.get(sql)
    if (statement === undefined) {
      statement = this.#database.prepare(sql)
      this.#statements.set(sql, statement)
    }
    return statement
  }
}
