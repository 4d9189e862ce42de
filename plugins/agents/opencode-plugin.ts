/** The text of a plugin for OpenCode that asks the hook at each moment. */
export function openCodePlugin(command: string): string {
  return `// Written by \`muse-coord setup\`, which writes it anew; \`muse-coord setup --remove\` takes it away.
import { spawn, spawnSync } from 'node:child_process'

const COMMAND = ${JSON.stringify(command)}

/** Asks the hook, which answers with one object or with nothing. Whatever goes wrong, the agent goes on. */
const ask = (directory, message) =>
  new Promise((resolve) => {
    const child = spawn('sh', ['-c', COMMAND], { cwd: directory, stdio: ['pipe', 'pipe', 'ignore'], timeout: 10_000 })
    let text = ''
    child.stdout.on('data', (chunk) => {
      text += chunk
    })
    child.stdin.on('error', () => {})
    child.on('error', () => resolve({}))
    child.on('close', () => {
      try {
        resolve(JSON.parse(text) ?? {})
      } catch {
        resolve({})
      }
    })
    child.stdin.end(JSON.stringify({ directory, ...message }))
  })

export const MuseCoord = async ({ directory }) => {
  /** What the hook has said at the start of each session. */
  const sessions = new Map()
  const start = (sessionID) => {
    if (!sessions.has(sessionID)) sessions.set(sessionID, ask(directory, { event: 'session.start', sessionID }))
    return sessions.get(sessionID)
  }
  // A session that is not deleted ends with its process.
  process.on('exit', () => {
    for (const sessionID of sessions.keys()) {
      const input = JSON.stringify({ directory, event: 'session.end', sessionID })
      spawnSync('sh', ['-c', COMMAND], { cwd: directory, input, stdio: ['pipe', 'ignore', 'ignore'], timeout: 3000 })
    }
  })
  return {
    'tool.execute.before': async ({ tool, sessionID }, { args }) => {
      const { deny } = await ask(directory, { event: 'tool.execute.before', tool, sessionID, args })
      if (deny) throw new Error(deny)
    },
    'tool.execute.after': async ({ tool, sessionID, args }, result) => {
      const { context } = await ask(directory, { event: 'tool.execute.after', tool, sessionID, args })
      if (context) result.output = \`\${result.output ?? ''}\\n\\n\${context}\`
    },
    'shell.env': async ({ sessionID = [...sessions.keys()].at(-1) }, result) => {
      if (sessionID) Object.assign(result.env, (await start(sessionID)).env)
    },
    event: async ({ event: { type, properties } }) => {
      const sessionID = properties?.sessionID ?? properties?.info?.id
      if (type === 'session.idle') await ask(directory, { event: 'session.idle', sessionID })
      if (type === 'session.deleted' && sessions.delete(sessionID)) {
        await ask(directory, { event: 'session.end', sessionID })
      }
    },
    'experimental.chat.system.transform': async ({ sessionID }, { system }) => {
      if (!sessionID) return
      const { context } = await start(sessionID)
      if (context) system.push(context)
    },
  }
}
`
}
