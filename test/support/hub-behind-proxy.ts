import { cleanUp } from './clean-up.js'
import { type FaultyHub, passOnTo, startFaultyHub } from './faulty-hub.js'
import { type StartedHub, startHub } from './start-hub.js'

/** A real hub, and the server before it through which it is reached: what counts requests, and what can go wrong. */
export interface HubBehindProxy {
  readonly hub: StartedHub
  readonly proxy: FaultyHub
  /** What clients are told. */
  readonly url: string
}

export async function startHubBehindProxy(options: Parameters<typeof startHub>[0] = {}): Promise<HubBehindProxy> {
  const proxy = await startFaultyHub()
  const hub = await startHub({ ...options, publicUrl: proxy.url })
  cleanUp(() => hub.close())
  proxy.behave(passOnTo(hub.url))
  return { hub, proxy, url: proxy.url }
}
