import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { PassThrough, type Readable, type Writable } from 'node:stream'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { openSession, type Plugin, serveMcp } from '../../src/index.js'
import { cleanUp } from './clean-up.js'
import type { Machine } from './machine.js'
import { type ExecutableOptions, startExecutable } from './run-executable.js'

/** A message of JSON-RPC as it came. */
export interface Message {
  readonly id?: number
  // biome-ignore lint/suspicious/noExplicitAny: a JSON document, whose shape is what the tests look into
  readonly result?: any
  readonly error?: { readonly code: number; readonly message: string }
}

/** What a tool has answered. */
export interface ToolAnswer {
  readonly isError: boolean
  /** The structured answer, or the error's document. */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readonly json: any
}

/** A client of one server. */
export interface McpClient {
  /** Sends a line as it stands. */
  write(line: string): void
  request(method: string, params?: object): Promise<Message>
  /** Shakes hands as clients up to 2025-11-25 do. */
  initialize(protocolVersion?: string): Promise<Message>
  /** Calls a tool, and sees that a good answer is as its output schema says and that its text says the same. */
  call(tool: string, input?: object): Promise<ToolAnswer>
  /** Closes the server's input. */
  close(): void
}

/** A process of `muse-coord mcp` and the client that has started it. */
export interface McpProcess extends McpClient {
  readonly ended: ReturnType<typeof startExecutable>['ended']
  kill(signal: NodeJS.Signals): void
}

/** What each request carries from 2026-07-28 on. */
export const ENVELOPE = {
  _meta: {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': {},
  },
}

/** Starts a server as an agent program does. */
export function startMcp(machine: Pick<Machine, 'root' | 'env'>, options: ExecutableOptions = {}): McpProcess {
  const { child, ended } = startExecutable(machine, ['mcp'], options)
  return { ...clientOf(child.stdin, child.stdout), ended, kill: (signal) => void child.kill(signal) }
}

/** Serves in this process, which is what most tests need: starting another one takes longer than they do. */
export async function serveHere(
  { root, env }: Pick<Machine, 'root' | 'env'>,
  more: Readonly<Record<string, string>> = {},
  plugins: readonly Plugin[] = [],
): Promise<McpClient> {
  const session = await openSession({ directory: root, env: { ...env, ...more }, plugins })
  const [stdin, stdout] = [new PassThrough(), new PassThrough()]
  const served = serveMcp(session, { stdin, stdout }).finally(() => stdout.end())
  cleanUp(async () => {
    stdin.end()
    await served
  })
  return clientOf(stdin, stdout)
}

/** One for all: making one takes a tenth of a second, and it keeps what it has compiled. */
const ajv = new Ajv2020({ addUsedSchema: false })

/** The other end of a server that reads and writes these. */
export function clientOf(stdin: Writable, stdout: Readable): McpClient {
  const waiting = new Map<number, (message: Message) => void>()
  createInterface({ input: stdout }).on('line', (line) => {
    const message: Message = JSON.parse(line)
    waiting.get(message.id ?? -1)?.(message)
  })
  // Who is cut off has written to nobody.
  stdin.on('error', () => {})
  const gone = once(stdout, 'close').then(() => ({ error: { code: 0, message: 'the server has ended' } }))
  let lastId = 0
  let outputs: Promise<Map<string, object>> | undefined
  const client: McpClient = {
    write: (line) => void stdin.write(`${line}\n`),
    async request(method, params = {}) {
      const id = ++lastId
      const answered = new Promise<Message>((resolve) => waiting.set(id, resolve))
      client.write(JSON.stringify({ jsonrpc: '2.0', id, method, params }))
      return Promise.race([answered, gone])
    },
    async initialize(protocolVersion = '2025-11-25') {
      const clientInfo = { name: 'test', version: '1' }
      const answer = await client.request('initialize', { protocolVersion, capabilities: {}, clientInfo })
      client.write(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' }))
      return answer
    },
    async call(name, input = {}) {
      const { result, error } = await client.request('tools/call', { name, arguments: input })
      if (error !== undefined) throw new Error(error.message)
      const text = JSON.parse(result.content[0].text)
      if (result.isError === true) return { isError: true, json: text }
      outputs ??= client
        .request('tools/list')
        .then(({ result }) => new Map(result.tools.map((one: ListedTool) => [one.name, one.outputSchema])))
      if (!ajv.validate((await outputs).get(name) ?? false, text)) throw new Error(ajv.errorsText())
      if (JSON.stringify(text) !== JSON.stringify(result.structuredContent))
        throw new Error('text and structure differ')
      return { isError: false, json: text }
    },
    close: () => void stdin.end(),
  }
  return client
}

interface ListedTool {
  readonly name: string
  readonly outputSchema: object
}
