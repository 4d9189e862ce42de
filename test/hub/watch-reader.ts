import type { Signer } from '../support/start-hub.js'

/** Reads a watch stream as it comes. */
export interface Reader {
  status: number
  headers: Headers
  /** Everything that came until it matches, or until the stream ends. */
  until(pattern: RegExp): Promise<string>
  /** Everything that came until the hub ended the stream. */
  rest(): Promise<string>
  close(): void
}

/** Opens a stream, signed. */
export async function watch(signer: Signer, path: string, headers: Record<string, string> = {}): Promise<Reader> {
  const leave = new AbortController()
  const answer = await fetch(signer.url + path, {
    headers: { ...headers, authorization: signer.authorize(path) },
    signal: leave.signal,
  })
  const chunks = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  const more = async (): Promise<boolean> => {
    const { done, value } = (await chunks?.read()) ?? { done: true, value: '' }
    text += value ?? ''
    return !done
  }
  return {
    status: answer.status,
    headers: answer.headers,
    async until(pattern) {
      while (!pattern.test(text) && (await more()));
      return text
    },
    async rest() {
      while (await more());
      return text
    },
    close: () => leave.abort(),
  }
}
