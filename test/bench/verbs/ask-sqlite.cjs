/** Node + SQLite: who holds an address now, by an indexed table? Arguments: the database, the address, the time. */
const { openDatabase } = require('./open-database.cjs')

const [file, address, now] = process.argv.slice(2)
const database = openDatabase(file)
const holders = database
  .prepare('SELECT reservation_id, run_id, until FROM held WHERE address = ? AND until > ?')
  .all(address, Number(now))
process.stdout.write(`${JSON.stringify({ status: holders.length === 0 ? 'free' : 'held', holders })}\n`)
