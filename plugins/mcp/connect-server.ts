import type { Readable, Writable } from 'node:stream'
import { type CallToolResult, McpServer, type StandardSchemaWithJSON } from '@modelcontextprotocol/server'
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio'
import {
  asCoordError,
  compileCheck,
  coordError,
  endingWith,
  printableJson,
  RELEASE,
  type Session,
  stringifyWithTexts,
  toWire,
} from '../../src/plugin.js'
import type { ObjectSchema, Tool } from './tool.js'
import { TOOLS } from './tools.js'

/** Where messages come from and go to: one a line. */
export interface McpStreams {
  readonly stdin: Readable
  readonly stdout: Writable
}

const MAX_MESSAGE_BYTES = 1024 * 1024
const MAX_INPUT_VALUES = 10_000

/** The rule that matters, for clients whose models read it. */
const INSTRUCTIONS = `Other agents work on this repository. Before you write a file by a shell, ask coord_check, or hold it with
coord_reserve; what answers "held" is another run's: do not edit it, and never work around that. Give back what you are done with.`

/** Speaks MCP on the streams. Resolves when the connection has ended. */
export async function connectServer(session: Session, streams: McpStreams, onCall: () => void): Promise<void> {
  await new Promise<void>((resolve) => {
    const handle = serveStdio(() => buildServer(session, onCall), {
      transport: new EndingTransport(streams, resolve),
      onerror: ({ message }) => session.note(`mcp: ${message}`),
    })
    const close = () => void handle.close()
    if (session.signal.aborted) close()
    else session.signal.addEventListener('abort', close, { once: true })
  })
}

/** Tells when it is closed: however the connection ends, it ends by this. */
class EndingTransport extends StdioServerTransport {
  constructor(
    { stdin, stdout }: McpStreams,
    private readonly onEnd: () => void,
  ) {
    super(stdin, stdout, { maxBufferSize: MAX_MESSAGE_BYTES })
  }

  override async close(): Promise<void> {
    await super.close()
    this.onEnd()
  }
}

function buildServer(session: Session, onCall: () => void): McpServer {
  const about = { name: 'muse-coord', title: 'muse-coord', version: RELEASE }
  const server = new McpServer(about, { instructions: INSTRUCTIONS, maxToolInputElements: MAX_INPUT_VALUES })
  for (const tool of TOOLS) {
    const { name, title, description, readsOnly } = tool
    const annotations = { readOnlyHint: readsOnly, destructiveHint: false, openWorldHint: false }
    const schemas = { inputSchema: advertised(tool.input), outputSchema: advertised(tool.output) }
    server.registerTool(name, { title, description, annotations, ...schemas }, async (input, { mcpReq }) => {
      onCall()
      const ending = endingWith(session.signal, mcpReq.signal)
      try {
        return await answer(session.with({ signal: ending.signal }), tool, input)
      } finally {
        ending.end()
      }
    })
  }
  return server
}

/** Is shown as it stands, and lets everything through: an error of the library's own would have neither code nor cure. */
function advertised(schema: ObjectSchema): StandardSchemaWithJSON {
  const json = () => ({ ...schema })
  return {
    '~standard': {
      version: 1,
      vendor: 'muse-coord',
      jsonSchema: { input: json, output: json },
      validate: (value) => ({ value }),
    },
  }
}

async function answer(session: Session, tool: Tool, input: unknown): Promise<CallToolResult> {
  try {
    const fault = (await compileCheck(tool.input))(input)
    if (fault !== null) throw coordError('TOOL_INPUT', tool.name, fault)
    // A model reads what the strings say, so an escape hides nothing from it.
    const text = printableJson(stringifyWithTexts(toWire(await tool.call(session, input))))
    return { content: [{ type: 'text', text }], structuredContent: JSON.parse(text) }
  } catch (thrown) {
    const { code, status, message, hint } = asCoordError(thrown)
    const text = printableJson(JSON.stringify({ error: message, code, status, hint }))
    return { content: [{ type: 'text', text }], isError: true }
  }
}
