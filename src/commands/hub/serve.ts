import { join, resolve } from 'node:path'
import { asCoordError, coordError } from '../../base/errors.js'
import type { Registration } from '../../hub/context.js'
import { type CommandCall, type CommandOption, defineCommand } from '../command.js'
import { makeCertificate, pinForThisMachine } from './hub-certificate.js'
import { sayNotReloaded, sayReloaded, textOf, withoutPassword } from './listening.js'
import { HUB_STORE_OPTIONS, hubStoreOf } from './store.js'
import { RETAIN_OPTION } from './sweep.js'

const DEFAULT_PORT = 1337
/** Readers take a stream that is silent for 45 seconds for dead. */
const MAX_COMMENT_SECONDS = 40
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal']

const OPTIONS = [
  ...HUB_STORE_OPTIONS,
  { flag: '--host <address>', description: 'Address to listen on (default 127.0.0.1).' },
  { flag: '--port <n>', description: `Port to listen on, 0 for a free one (default ${DEFAULT_PORT}).` },
  { flag: '--public-url <url>', description: 'The address under which the world reaches this hub.' },
  {
    flag: '--tls <how>',
    description:
      'self: with a certificate that the hub makes for itself, known by its fingerprint to whoever joins by a line.',
  },
  {
    flag: '--tls-dir <dir>',
    description: 'Where --tls self keeps key and certificate (default tls/ in --data); must be named with --store.',
  },
  { flag: '--tls-cert <file>', description: 'Certificate, PEM; with --tls-key.' },
  { flag: '--tls-key <file>', description: 'Key of the certificate, PEM.' },
  {
    flag: '--registration <how>',
    description:
      'open: anybody may register a handle; closed: only who was invited (default: closed where others than this machine reach it).',
  },
  {
    flag: '--trust-proxy <address>',
    description: 'Proxy, address or network, whose X-Forwarded-For is believed.',
    multiple: true,
  },
  RETAIN_OPTION,
  {
    flag: '--max-lease <time>',
    description: 'How far ahead the end of a claim may be: 90, 30m, 12h, 7d (default 24h).',
  },
  {
    flag: '--max-spaces <n>',
    description: 'Spaces that one handle may own (default 1000).',
  },
  {
    flag: '--max-records <n>',
    description: 'Records that one handle may have here, in all spaces (default 2000000).',
  },
  {
    flag: '--max-data <MiB>',
    description: 'How large they may be together (default 2048).',
  },
  {
    flag: '--max-connections <n>',
    description: 'Connections open at once, half of them from one address (default 8000).',
  },
  {
    flag: '--max-streams <n>',
    description: 'Watch streams open at once, half of them from one address, a quarter of one handle (default 2000).',
  },
  { flag: '--max-streams-address <n>', description: 'Watch streams open at once from one address (default 1000).' },
  { flag: '--max-streams-handle <n>', description: 'Watch streams open at once of one handle (default 500).' },
  {
    flag: '--stream-comment <time>',
    description: `Between two comments on a still stream, at most ${MAX_COMMENT_SECONDS}s; who takes none of two is let go (default 15s).`,
  },
  {
    flag: '--buffers <MiB>',
    description: 'Memory for what others send and take, at least 112 (default 168, less where the heap is small).',
  },
  { flag: '--log <level>', description: `Log to stderr as JSON lines, from ${LOG_LEVELS.join(', ')} upwards.` },
] as const satisfies readonly CommandOption[]

export const hubServe = defineCommand({
  name: 'hub serve',
  summary: 'Run a hub that carries and arbitrates records.',
  moment: 'operate',
  description: `Runs a hub until Ctrl-C or SIGTERM; then it answers what is under way and ends. Without flags it keeps everything in
./muse-hub/ and listens on the loopback alone. Beyond the loopback it wants TLS, its own or a proxy's (--public-url https://…).
Where it registers only who was invited and nobody has been, it keeps for you how to be the first: \`muse-coord join\`, without a line.
SIGHUP (not on Windows, which has none: start it anew there) has it read its certificate anew; connections that are open live on, and
a file that cannot be used leaves it the certificate that it has. It arbitrates the kinds that are registered here by their merge rules; other kinds go by what their first push declares.`,
  options: OPTIONS,
  examples: [
    'hub serve --json',
    'hub serve --data /var/lib/muse-hub --port 8080 --public-url https://hub.example.com --registration closed',
    'hub serve --host 0.0.0.0 --tls self',
    'hub serve --host 0.0.0.0 --tls self --tls-dir /etc/muse-hub/tls --store postgres://hub@db/muse',
    'hub serve --host 0.0.0.0 --tls-cert cert.pem --tls-key key.pem',
  ],
  json: [
    'url              where the hub is reached from here; printed as soon as it listens',
    'public_url       where the world reaches it, or null',
    'store            directory or database',
    'registration     "open" or "closed"',
    'hub_fingerprint  sha256:… of the key by which clients know this hub again',
    'fingerprint      of the certificate that the hub has made for itself, or null',
    'reached_as       the addresses that this certificate is for',
    'first_owner_at   where registration is closed and nobody is in yet: the address by which `muse-coord join` takes you in; or null',
    'event            of a later line, after SIGHUP: "reloaded" with valid_until, or "not_reloaded" with error and hint',
  ],
  exitCodes: {
    0: 'stopped by a signal, everything under way was answered',
    1: 'bad arguments, the address is taken or refused, or the store does not work',
  },
  async run(call) {
    const { bounds, tlsDirectory, ...settings } = readSettings(call)
    // Imported only now, as the hub is: no other command needs them.
    const { parseRetention } = await import('../../hub/retention.js')
    const { parseProxies } = await import('../../hub/trusted-proxies.js')
    const trustedProxies = parseProxies(call.flags.list('trust-proxy'))
    const { registry, clock } = await call.session()
    const retention = parseRetention(call.flags.list('retain'), registry.all)
    const { startHub } = await import('../../hub/start-hub.js')
    const { limitsOf } = await import('../../hub/limits.js')
    const store = hubStoreOf(call)
    const rules = new Map(registry.all.map((kind) => [kind.name, kind.merge]))
    const limits = limitsOf(bounds)
    const makeOwn = async () => (tlsDirectory === null ? null : makeCertificate(tlsDirectory, settings, clock))
    const own = await makeOwn()
    const hub = await startHub({
      ...settings,
      limits,
      store,
      retention,
      trustedProxies,
      rules,
      clock,
      processMetrics: true,
      ...(own && { tls: own }),
    })
    try {
      const { url, publicUrl, registration } = hub
      const reload = async () => {
        try {
          const again = await makeOwn()
          if (again !== null) pinForThisMachine(call, again, hub)
          sayReloaded(call.output, await hub.reloadCertificate())
        } catch (error) {
          sayNotReloaded(call.output, asCoordError(error))
        }
      }
      const reachedAs = own === null ? [] : pinForThisMachine(call, own, hub)
      const tls = own ?? settings.tls
      const { keepForFirstOwner } = await import('./first-owner.js')
      const firstOwnerAt = await keepForFirstOwner(call, hub, { host: settings.host, ...(tls && { tls }) }, clock)
      const listening = {
        ...{ url, publicUrl, store: withoutPassword(store), registration, hubFingerprint: hub.fingerprint },
        ...{ fingerprint: own?.pin ?? null, reachedAs, firstOwnerAt },
      }
      call.onHangUp?.(() => void reload())
      call.output.emit(listening, textOf(listening))
      await aborted(call.signal)
    } finally {
      await hub.stop()
    }
    return {}
  },
})

function readSettings(call: CommandCall<typeof OPTIONS, ''>) {
  const { flags, directory } = call
  const certFile = flags.text('tls-cert')
  const keyFile = flags.text('tls-key')
  if ((certFile === undefined) !== (keyFile === undefined)) {
    throw coordError('FLAG_MISSING', certFile === undefined ? '--tls-cert' : '--tls-key')
  }
  const isSelfSigned = flags.oneOf('tls', ['self']) !== undefined
  if (isSelfSigned && certFile !== undefined) throw coordError('ARGUMENTS', '--tls and --tls-cert exclude each other.')
  const tlsDirectory = flags.text('tls-dir')
  if (!isSelfSigned && tlsDirectory !== undefined) throw coordError('FLAG_MISSING', '--tls self')
  if (isSelfSigned && tlsDirectory === undefined && flags.text('store') !== undefined) {
    throw coordError(
      'ARGUMENTS',
      '--tls self puts its key into no database, whose readers could then stand in for the hub: name a directory with --tls-dir.',
    )
  }
  const logLevel = flags.oneOf('log', LOG_LEVELS)
  const leaseSeconds = flags.duration('max-lease', { min: 1 })
  const spacesPerHandle = flags.integer('max-spaces', { min: 1 })
  const recordsPerHandle = flags.integer('max-records', { min: 1 })
  const keptMebibytesPerHandle = flags.integer('max-data', { min: 1 })
  const connections = flags.integer('max-connections', { min: 2 })
  const streams = flags.integer('max-streams', { min: 1 })
  const streamsPerAddress = flags.integer('max-streams-address', { min: 1 })
  const streamsPerHandle = flags.integer('max-streams-handle', { min: 1 })
  const streamCommentSeconds = flags.duration('stream-comment', { min: 1, max: MAX_COMMENT_SECONDS })
  // Below that a handle's share does not hold the largest push.
  const buffersMebibytes = flags.integer('buffers', { min: 112 })
  const publicUrl = flags.text('public-url')
  const registration = flags.oneOf<Registration>('registration', ['open', 'closed'])
  return {
    tlsDirectory: isSelfSigned
      ? resolve(directory, tlsDirectory ?? join(flags.text('data') ?? 'muse-hub', 'tls'))
      : null,
    host: flags.text('host') ?? '127.0.0.1',
    port: flags.integer('port', { min: 0, max: 65535 }) ?? DEFAULT_PORT,
    ...(registration !== undefined && { registration }),
    ...(publicUrl !== undefined && { publicUrl }),
    bounds: {
      leaseSeconds,
      spacesPerHandle,
      recordsPerHandle,
      keptMebibytesPerHandle,
      connections,
      streams,
      streamsPerAddress,
      streamsPerHandle,
      streamCommentSeconds,
      buffersMebibytes,
    },
    ...(certFile !== undefined &&
      keyFile !== undefined && {
        tls: { certFile: resolve(directory, certFile), keyFile: resolve(directory, keyFile) },
      }),
    ...(logLevel !== undefined && { logger: { level: logLevel, stream: process.stderr } }),
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
