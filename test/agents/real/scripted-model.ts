import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { cleanUp } from '../../support/clean-up.js'

/** What the model answers to one request. */
export type Move =
  | { readonly tool: string; readonly input: Readonly<Record<string, unknown>> }
  /** A tool whose input is text. */
  | { readonly custom: string; readonly input: string }
  | { readonly text: string }

export interface Step {
  readonly move: Move
  /** What happens first, while the agent waits for the answer. */
  readonly before?: () => unknown
}

export interface ScriptedModel {
  readonly url: string
  /** The bodies of the requests that a step has answered, in order; those for titles and the like are not among them. */
  readonly requests: string[]
}

/** One wire: what it is asked by, and how a move is said in it. */
interface Wire {
  asks(path: string): boolean
  /** Whether a request is one of the agent's own loop. */
  isMain(body: Body): boolean
  /** The events of a stream, each with its name where it has one. */
  stream(move: Move, n: number, body: Body): readonly (readonly [name: string | null, data: object])[]
  /** The same for who wants no stream. */
  whole(move: Move, n: number, body: Body): object
}

interface Body {
  readonly model?: string
  readonly stream?: boolean
  readonly tools?: readonly unknown[]
}

const USAGE = { input_tokens: 10, output_tokens: 5 }

/** A model on the loopback that plays a script, on the wires of Anthropic, of OpenAI's responses and of Gemini. */
export async function startModel(steps: readonly Step[]): Promise<ScriptedModel> {
  const requests: string[] = []
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request.setEncoding('utf8')) text += chunk
    const path = (request.url ?? '').split('?')[0] ?? ''
    const wire = WIRES.find((one) => one.asks(path))
    if (wire === undefined) return sendJson(response, { data: [], models: [], input_tokens: 10, totalTokens: 10 })
    const body: Body = JSON.parse(text)
    let move: Move = { text: '{}' }
    if (wire.isMain(body)) {
      const step = steps[Math.min(requests.push(text), steps.length) - 1]
      await step?.before?.()
      move = step?.move ?? move
    }
    const isStream = body.stream ?? !path.endsWith(':generateContent')
    if (!isStream) return sendJson(response, wire.whole(move, requests.length, body))
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const [name, data] of wire.stream(move, requests.length, body)) {
      response.write(`${name === null ? '' : `event: ${name}\n`}data: ${JSON.stringify(data)}\n\n`)
    }
    response.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanUp(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests }
}

const anthropic: Wire = {
  asks: (path) => path.endsWith('/v1/messages'),
  isMain: (body) => (body.tools?.length ?? 0) > 0,
  stream(move, n, body) {
    const isTool = 'tool' in move
    const block = isTool
      ? { type: 'tool_use', id: `toolu_${n}`, name: move.tool, input: {} }
      : { type: 'text', text: '' }
    const delta = isTool
      ? { type: 'input_json_delta', partial_json: JSON.stringify(move.input) }
      : { type: 'text_delta', text: textOf(move) }
    const message = { id: `msg_${n}`, type: 'message', role: 'assistant', model: body.model, content: [], usage: USAGE }
    const end = { stop_reason: isTool ? 'tool_use' : 'end_turn', stop_sequence: null }
    return [
      typed('message_start', { message: { ...message, stop_reason: null, stop_sequence: null } }),
      typed('content_block_start', { index: 0, content_block: block }),
      typed('content_block_delta', { index: 0, delta }),
      typed('content_block_stop', { index: 0 }),
      typed('message_delta', { delta: end, usage: { output_tokens: USAGE.output_tokens } }),
      typed('message_stop', {}),
    ]
  },
  whole(move, n, body) {
    const content =
      'tool' in move
        ? { type: 'tool_use', id: `toolu_${n}`, name: move.tool, input: move.input }
        : { type: 'text', text: textOf(move) }
    const end = { stop_reason: 'tool' in move ? 'tool_use' : 'end_turn', stop_sequence: null }
    return {
      id: `msg_${n}`,
      type: 'message',
      role: 'assistant',
      model: body.model,
      content: [content],
      usage: USAGE,
      ...end,
    }
  },
}

const responses: Wire = {
  asks: (path) => path.endsWith('/responses'),
  isMain: () => true,
  stream(move, n, body) {
    const usage = { ...USAGE, input_tokens_details: null, output_tokens_details: null, total_tokens: 15 }
    const [item] = (this.whole(move, n, body) as { output: readonly object[] }).output
    return [
      typed('response.created', { response: { id: `resp_${n}` } }),
      typed('response.output_item.done', { output_index: 0, item }),
      typed('response.completed', { response: { id: `resp_${n}`, usage } }),
    ]
  },
  whole(move, n) {
    const call = { call_id: `call_${n}`, status: 'completed' }
    if ('custom' in move) {
      return { output: [{ type: 'custom_tool_call', id: `ctc_${n}`, name: move.custom, input: move.input, ...call }] }
    }
    if ('tool' in move) {
      const said = { name: move.tool, arguments: JSON.stringify(move.input) }
      return { output: [{ type: 'function_call', id: `fc_${n}`, ...said, ...call }] }
    }
    const content = [{ type: 'output_text', text: move.text }]
    return { output: [{ type: 'message', id: `m_${n}`, role: 'assistant', content }] }
  },
}

const gemini: Wire = {
  asks: (path) => /:(stream)?generateContent$/i.test(path),
  isMain: (body) => (body.tools?.length ?? 0) > 0,
  stream(move, n, body) {
    return [[null, this.whole(move, n, body)]]
  },
  whole(move) {
    const part = 'tool' in move ? { functionCall: { name: move.tool, args: move.input } } : { text: textOf(move) }
    const usageMetadata = { promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 15 }
    const candidate = { content: { role: 'model', parts: [part] }, finishReason: 'STOP', index: 0 }
    return { candidates: [candidate], usageMetadata }
  },
}

const WIRES: readonly Wire[] = [anthropic, responses, gemini]

function typed(type: string, data: object): readonly [string, object] {
  return [type, { type, ...data }]
}

function textOf(move: Move): string {
  return 'text' in move ? move.text : ''
}

function sendJson(response: ServerResponse, value: object): void {
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify(value))
}
