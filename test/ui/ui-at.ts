import http from 'node:http'
import { openSession, type Plugin, serveUi } from '../../src/index.js'
import { cleanUp } from '../support/clean-up.js'
import { type TestWorkspace, workspaceAt } from '../workspace/workspace-at.js'

export interface UiAnswer {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly text: string
}

export interface TestUi extends TestWorkspace {
  readonly port: number
  /** As `muse-coord ui` prints it. */
  readonly link: string
  /** Asks for a page as a browser does that has opened the link. */
  get(path: string): Promise<UiAnswer>
  /** The same as JSON. */
  json(path: string): Promise<Record<string, unknown>>
  /** Asks with these headers, and without what a browser would add. */
  ask(path: string, headers?: http.OutgoingHttpHeaders, method?: string): Promise<UiAnswer>
}

/** A new workspace, and its pages on a free port until the test ends. */
export async function uiAt(plugins: readonly Plugin[] = []): Promise<TestUi> {
  const test = await workspaceAt(plugins)
  const session = await openSession({ directory: test.root, env: {}, plugins, clock: test.clock })
  const { link, close } = await serveUi(session)
  cleanUp(close)
  const { port, searchParams } = new URL(link)
  const cookie = `muse_coord_ui_${port}=${searchParams.get('token')}`
  const ask: TestUi['ask'] = (path, headers = {}, method = 'GET') =>
    new Promise((resolve, reject) => {
      const request = http.request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
        const parts: Buffer[] = []
        response.on('data', (part) => parts.push(part))
        response.on('error', reject)
        response.on('end', () => {
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(parts).toString(),
          })
        })
      })
      request.on('error', reject).end()
    })
  const get = (path: string) => ask(path, { cookie })
  const json = async (path: string) => JSON.parse((await get(`${path}${path.includes('?') ? '&' : '?'}json`)).text)
  return { ...test, port: Number(port), link, get, json, ask }
}
