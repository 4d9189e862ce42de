import { randomUUID } from 'node:crypto'
import http from 'node:http'
import https from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { getHeapStatistics } from 'node:v8'
import Fastify, { type FastifyInstance, type FastifyLoggerOptions, LogController } from 'fastify'
import type { Clock } from '../base/clock.js'
import { coordError, problemOf } from '../base/errors.js'
import type { MergeRule } from '../record/record.js'
import { answerError, REQUEST_ID_HEADER } from './answer-error.js'
import { authenticate } from './authentication.js'
import { boundAnswers } from './bound-answers.js'
import { BulkTurns } from './bulk-turns.js'
import { ByteBudget } from './byte-budget.js'
import { boundConnections } from './connections.js'
import type { HubContext, Registration } from './context.js'
import { prepareDrain } from './drain.js'
import { Feed } from './feed.js'
import { GatheredRequest } from './gather-pieces.js'
import { History } from './history.js'
import { assertToTheLetter } from './http-letter.js'
import { HubKey } from './hub-key.js'
import { buffersFor, DEFAULT_LIMITS, type HubLimits, limitsOf } from './limits.js'
import { addProcessMetrics, createMetrics } from './metrics.js'
import { OwnAddress } from './own-address.js'
import { readBodies, SMALL_BODY_BYTES } from './read-bodies.js'
import { refusal } from './refusal.js'
import { RequestTurns } from './request-turns.js'
import { actRoutes } from './routes/acts.js'
import { authRoutes } from './routes/auth.js'
import { deviceRoutes } from './routes/devices.js'
import { givenInviteRoutes } from './routes/given-invites.js'
import { healthRoutes } from './routes/health.js'
import { inviteRoutes } from './routes/invites.js'
import { keyRoutes } from './routes/keys.js'
import { memberRoutes } from './routes/members.js'
import { metricsRoute } from './routes/metrics.js'
import { openapiRoute } from './routes/openapi.js'
import { pullRoute } from './routes/pull.js'
import { pushRoute } from './routes/push.js'
import { rootRoute } from './routes/root.js'
import { ruleRoutes } from './routes/rules.js'
import { spaceRoutes } from './routes/space.js'
import { usageRoute } from './routes/usage.js'
import { watchRoute } from './routes/watch.js'
import { compileSchema } from './schema-compiler.js'
import type { Store } from './stores/store.js'
import { Throttle } from './throttle.js'

export interface HubOptions {
  /** Stays the caller's: `close` of the hub leaves it open. */
  readonly store: Store
  readonly clock: Clock
  readonly registration: Registration
  /** The merge rules of the kinds that this hub knows, by name. Others go by what a push declares. */
  readonly rules: ReadonlyMap<string, MergeRule>
  /** The one address under which the world knows this hub. Left out: the loopback names with its port. */
  readonly publicUrl?: string
  /** Certificate and key, PEM. Left out: plain http. */
  readonly tls?: { readonly cert: string; readonly key: string }
  /** Further host names, without port, under which this hub is reached when it has no public URL. */
  readonly names?: readonly string[]
  readonly limits?: Partial<HubLimits>
  /** Addresses or networks of proxies whose `X-Forwarded-For` is believed. */
  readonly trustedProxies?: readonly string[]
  /** Whether `/metrics` also tells of the process: for the one hub of a process. */
  readonly processMetrics?: boolean
  /** What is logged, and whereto; left out: nothing. */
  readonly logger?: FastifyLoggerOptions & { stream: NodeJS.WritableStream }
}

/** A hub that can be listened with, once. */
export interface Hub {
  /** Of the key by which clients know it again: `sha256:` and hex. */
  readonly fingerprint: string
  /**
   * Starts to listen; port 0 takes a free one. Rejects with `LISTEN_FAILED`.
   *
   * @returns the address under which it is reached from here: `http://127.0.0.1:1337`
   */
  listen(address: { host: string; port: number }): Promise<string>
  /**
   * Shows another certificate from the next connection on; those that are open live on. For a hub that has one.
   *
   * @param tls certificate and key, PEM, that belong together
   * @param names in the place of those that it was made with
   */
  showCertificate(tls: HubOptions['tls'] & {}, names: readonly string[]): void
  /** Takes no more requests, answers those that are under way, then resolves. */
  close(): Promise<void>
  /** Adds a line to the hub's log, where it has one. */
  log(level: 'info' | 'error', message: string, values: object): void
}

/** Heads of requests are small: who takes longer than this wants to keep a connection. */
const HEADER_SECONDS = 15

/** Longer than any name may be, so that a name too long gets a sentence and not a 404. */
const MAX_PARAMETER_LENGTH = 1024

/** Puts a hub together; it serves once `listen` was called. */
export async function createHub(options: HubOptions): Promise<Hub> {
  const buffers = limitsOf({ buffersMebibytes: buffersFor(getHeapStatistics().heap_size_limit) })
  const limits = { ...DEFAULT_LIMITS, ...buffers, ...options.limits }
  const address = new OwnAddress(options.tls ? 'https' : 'http', options.names ?? [], options.publicUrl)
  const app = createServer(options, limits, address)
  const key = await HubKey.of(options.store)
  const feed = new Feed()
  const metrics = createMetrics()
  const context: HubContext = {
    store: options.store,
    clock: options.clock,
    registration: options.registration,
    rules: options.rules,
    limits,
    address,
    feed,
    history: new History(options.store, key.derive('positions'), ({ space, epoch }) => {
      const values = { space: `${space.owner}/${space.slug}`, epoch }
      app.log.warn(values, 'the store was set back without hub restore: it has a new epoch, and everybody begins anew')
      metrics.setBacks.inc()
      // Those who watch look, and are told.
      feed.announceGap()
    }),
    bulk: new BulkTurns(),
    answers: new ByteBudget(limits.answerBytes, limits.answerBytesPerAddress),
    metrics,
    isDraining: false,
  }
  const drain = prepareDrain(app, limits.drainSeconds)
  boundConnections(app.server, limits, options.trustedProxies ?? [])
  // Node leaves out headers beyond a number; those that are judged may be among them. Their bytes are bounded.
  app.server.maxHeadersCount = 0
  // Who asks whether to send the body is told to when it is read, and not before the head was judged.
  app.server.on('checkContinue', (request, response) => app.server.emit('request', request, response))
  if (options.processMetrics) addProcessMetrics(context.metrics)
  const throttle = await Throttle.create(app, limits)
  answerInOneShape(app, context.clock)
  app.addHook('onRequest', (request, reply) => throttle.request(request, reply))
  app.addHook('onRequest', async (request) => assertToTheLetter(request))
  app.addHook('onRequest', async (request, reply) => key.answer(request, reply, address))
  authenticate(app, context, throttle)
  readBodies(app, context, throttle)
  boundAnswers(app, context)

  await openapiRoute(app)
  metricsRoute(app, context)
  rootRoute(app)
  healthRoutes(app, context)
  authRoutes(app, context, throttle)
  keyRoutes(app, context, throttle)
  deviceRoutes(app, context, throttle)
  usageRoute(app, context)
  pushRoute(app, context)
  pullRoute(app, context, throttle)
  watchRoute(app, context)
  spaceRoutes(app, context)
  memberRoutes(app, context)
  inviteRoutes(app, context)
  givenInviteRoutes(app, context)
  ruleRoutes(app, context)
  actRoutes(app, context)
  await app.ready()
  // Commits of other hubs on the same store. A store that tells of none has no other hub.
  const stopListening = await options.store.listen?.({
    changed: (spaceId, lastId) => context.feed.announce(spaceId, lastId),
    gap: () => context.feed.announceGap(),
  })

  return {
    fingerprint: key.fingerprint,
    async listen({ host, port }) {
      try {
        await app.listen({ host, port })
      } catch (error) {
        throw coordError('LISTEN_FAILED', `${host}:${port}`, problemOf(error))
      }
      const bound = app.server.address() as AddressInfo
      address.listensOn(bound.port)
      return urlOf(options.tls ? 'https' : 'http', bound)
    },
    showCertificate(tls, names) {
      if (!(app.server instanceof https.Server)) throw new TypeError('this hub speaks plain http')
      app.server.setSecureContext(tls)
      address.isKnownAs(names)
    },
    async close() {
      context.isDraining = true
      try {
        await drain()
      } finally {
        await stopListening?.()
      }
    },
    log: (level, message, values) => app.log[level](values, message),
  }
}

function createServer(options: HubOptions, limits: HubLimits, address: OwnAddress): FastifyInstance {
  const settings = {
    IncomingMessage: GatheredRequest,
    requestTimeout: limits.requestSeconds * 1000,
    headersTimeout: Math.min(limits.requestSeconds, HEADER_SECONDS) * 1000,
    connectionsCheckingInterval: limits.requestCheckMilliseconds,
    // Longer than the idle time of usual proxies and clients, so that it is they who close.
    keepAliveTimeout: 75_000,
    // Of TLS; Node lets it take two minutes.
    handshakeTimeout: Math.min(limits.requestSeconds, HEADER_SECONDS) * 1000,
  }
  return Fastify({
    logger: options.logger ?? false,
    // One line a request, written when it is answered: see `answerInOneShape`.
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: options.trustedProxies?.length ? [...options.trustedProxies] : false,
    serverFactory: (handler) => {
      const turns = new RequestTurns(handler)
      const take = turns.take.bind(turns)
      return options.tls ? https.createServer({ ...settings, ...options.tls }, take) : http.createServer(settings, take)
    },
    bodyLimit: SMALL_BODY_BYTES,
    exposeHeadRoutes: false,
    forceCloseConnections: 'idle',
    // What arrives on an open connection during the drain is still answered, and in the hub's own shape.
    return503OnClosing: false,
    genReqId: () => randomUUID(),
    rewriteUrl: (request) => address.stripPrefix(request.url ?? '/'),
    routerOptions: { maxParamLength: MAX_PARAMETER_LENGTH },
    frameworkErrors: answerError,
    clientErrorHandler: answerClientError,
  }) as FastifyInstance
}

/** Whatever happens, an answer has a request id, and an error the one shape of errors. */
function answerInOneShape(app: FastifyInstance, clock: Clock): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.header(REQUEST_ID_HEADER, request.id)
  })
  app.addHook('onResponse', async (request, reply) => {
    const { method, url, ip, handle } = request
    const milliseconds = Math.round(reply.elapsedTime * 10) / 10
    request.log.info({ method, url, status: reply.statusCode, milliseconds, address: ip, handle }, 'answered')
  })
  app.setErrorHandler((thrown, request, reply) => answerError(thrown, request, reply, clock))
  app.setNotFoundHandler((request) => {
    throw refusal('NO_SUCH_THING', `${request.method} ${request.url.split('?')[0]?.slice(0, 200)} here`)
  })
  app.setValidatorCompiler(compileSchema)
  app.setSchemaErrorFormatter(([error], part) => {
    const path = `${part}${error?.instancePath ?? ''}`.replaceAll('/', '.').replace(/^(params|querystring)\./, '')
    return refusal('BODY_INVALID', `${path} ${error?.message ?? 'is not as it should be'}.`)
  })
}

/** What Node's HTTP parser refuses, by its codes. */
const OF_HTTP = /^(HPE|ERR_HTTP)_/

/**
 * What Node's HTTP parser refuses never becomes a request; it is answered on the bare socket. Where a connection has broken off, or
 * TLS was not finished, nobody would read an answer, and a socket with one to write would stay.
 */
function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!OF_HTTP.test(error.code ?? '') || !socket.writable) {
    socket.destroy()
    return
  }
  const [status, detail] =
    error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? ['408 Request Timeout', 'The request took too long to arrive.']
      : error.code === 'HPE_HEADER_OVERFLOW'
        ? ['431 Request Header Fields Too Large', 'The address and headers of the request are too long.']
        : ['400 Bad Request', 'This is no HTTP request.']
  const body = JSON.stringify({ detail, status: status.startsWith('408') ? 'timed_out' : 'bad_args' })
  const head = `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`
  socket.end(`${head}\r\nConnection: close\r\n\r\n${body}`)
}

function urlOf(scheme: string, { address, family, port }: AddressInfo): string {
  return `${scheme}://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}
