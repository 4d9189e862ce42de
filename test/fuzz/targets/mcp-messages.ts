import { createInterface } from 'node:readline'
import { PassThrough } from 'node:stream'
import { serveMcp } from '../../../plugins/mcp/serve-mcp.js'
import { openWorkspace } from '../open-workspace.js'
import type { Target } from '../target.js'

const call = (name: string, input: object) =>
  JSON.stringify({ jsonrpc: '2.0', id: 'x', method: 'tools/call', params: { name, arguments: input } })
const clientInfo = { name: 'fuzz', version: '1' }

/** Lines from a client of MCP; whatever they are, the next request is answered. */
export const mcpMessages: Target = {
  name: 'mcp-messages',
  seeds: [
    JSON.stringify({
      jsonrpc: '2.0',
      id: 'x',
      method: 'initialize',
      params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo },
    }),
    JSON.stringify({ jsonrpc: '2.0', id: 'x', method: 'tools/list', params: { cursor: 'a' } }),
    call('coord_check', { addresses: ['src/a.ts'], run_id: 'r1' }),
    call('coord_reserve', { addresses: ['src/*.ts'], run_id: 'r1', ttl: '5m' }),
    call('coord_enqueue', { title: 'a', queue: 'main', priority: 3, run_id: 'r1' }),
    call('coord_claim', { run_id: 'r1' }),
    call('coord_show', { id: 'r1' }),
    call('coord_status', { cursor: '0', page: 2 }),
  ],
  words: [
    'jsonrpc',
    '2.0',
    'method',
    'params',
    'arguments',
    'coord_release',
    'coord_finish',
    'notifications/cancelled',
    '_meta',
    'addresses',
  ],
  async start(directory) {
    const { session } = await openWorkspace(directory)
    const [stdin, stdout] = [new PassThrough(), new PassThrough()]
    let isServing = true
    const served = serveMcp(session, { stdin, stdout }).finally(() => {
      isServing = false
      stdout.end()
    })
    const answered = new Set<unknown>()
    let heard = () => {}
    createInterface({ input: stdout })
      .on('line', (line) => {
        answered.add((JSON.parse(line) as { id?: unknown }).id)
        heard()
      })
      .on('close', () => heard())
    let count = 0
    const ask = async (method: string, params: object) => {
      const id = `fuzz-${count++}`
      stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`)
      while (isServing && !answered.has(id)) {
        await new Promise<void>((resolve) => {
          heard = resolve
        })
      }
      if (!answered.delete(id)) throw new Error('the server has ended')
    }
    await ask('initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo })
    stdin.write(`${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' })}\n`)
    return {
      async take(input) {
        stdin.write(`${input.toString('utf8')}\n`)
        await ask('tools/list', {})
        answered.clear()
      },
      async close() {
        stdin.end()
        await served
      },
    }
  },
}
