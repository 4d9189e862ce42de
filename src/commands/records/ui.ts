import { once } from 'node:events'
import { defineCommand } from '../command.js'

export const ui = defineCommand({
  name: 'ui',
  summary: 'Show in a browser who holds what, what waits, and why.',
  moment: 'look',
  description: `Serves pages of this workspace to the browsers of this machine, until Ctrl-C: what needs attention now, who holds what, a
timeline, tasks, and the story of one address, task or run. They renew themselves as records come, and show a past moment
as well. Prints one link, which bears the key to them; nothing can be changed by them. Each page answers JSON with ?json.`,
  options: [
    { flag: '--port <n>', description: 'Listen on this port of 127.0.0.1 (default: a free one).' },
    { flag: '--open', description: 'Open the link in the browser.' },
  ],
  examples: ['ui', 'ui --open', 'ui --port 7777 --json'],
  json: ['link  what is opened in a browser; one such line, then it serves'],
  exitCodes: { 0: 'stopped', 1: 'bad arguments, or the port is taken' },
  async run({ flags, output, session: openSession, signal }) {
    const port = flags.integer('port', { min: 0, max: 65_535 })
    const session = await openSession()
    const { serveUi } = await import('../../ui/serve-ui.js')
    const served = await serveUi(session, { port })
    try {
      output.emit({ link: served.link }, served.link)
      if (flags.on('open')) {
        const { openLink } = await import('../open-link.js')
        openLink(served.link, ({ message }) => output.note(`No browser could be opened: ${message}`))
      }
      if (!signal.aborted) await once(signal, 'abort')
    } finally {
      await served.close()
    }
    return {}
  },
})
