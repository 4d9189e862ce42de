import { defineCommand } from '../../src/plugin.js'

export const mcpCommand = defineCommand({
  name: 'mcp',
  summary: 'Serve the verbs to an agent program as tools, over standard input and output.',
  moment: 'set_up',
  description: `A server of the Model Context Protocol, both of revision 2026-07-28 and of those with \`initialize\`: eight tools, with
which a model sees who does what, holds files, takes and ends tasks. That another run holds something is an answer, with who, until
when and what to do; no answer is longer than a page, and no tool waits for more than 50 seconds. Each tool takes the run as
run_id, else it is the one that MUSE_COORD_RUN_ID names. Unless another process does, it keeps the store: with a hub in step
like \`sync watch\`, and what runs hold for as long as their processes live. It ends when its input does; what it has to say beside goes to stderr.`,
  options: [],
  examples: ['mcp', 'mcp -C ~/myrepo'],
  json: [],
  exitCodes: { 0: 'its input has ended' },
  async run(call) {
    const { serveMcp } = await import('./serve-mcp.js')
    const { Writable } = process.getBuiltinModule('node:stream')
    const stdout = new Writable({
      write(message, _encoding, done) {
        call.output.print(String(message))
        done()
      },
    })
    await serveMcp(await call.session(), { stdin: process.stdin, stdout })
    return {}
  },
})
