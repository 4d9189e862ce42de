import { constants, fstatSync, openSync, readSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { MAX_DEPTH, scanJson } from '../base/json/scan.js'

/** What stood on standard input, or why it could not be read: the rest of a sentence that begins with it. */
export type InputReading = { readonly text: string } | { readonly fault: string }

const DESCRIPTOR = 0
const CHUNK_BYTES = 64 * 1024
/** For how long whoever holds a pipe open may write nothing. */
const PATIENCE_MILLISECONDS = 1000
const POLL_MILLISECONDS = 2

/**
 * Reads standard input to its end, or as far as one JSON document goes: some programs leave it open. Without Node's stream of
 * it, which for a socket takes a fifth of Node's own start.
 */
export async function readStandardInput(maxBytes: number): Promise<InputReading> {
  const stats = fstatSync(DESCRIPTOR)
  if (stats.isCharacterDevice() && process.stdin.isTTY) return { fault: 'is a terminal, and no event' }
  // Opened anew, a pipe says that there is nothing yet instead of waiting for ever; nothing else can be opened so.
  const descriptor = stats.isFIFO() ? openSync('/dev/stdin', constants.O_RDONLY | constants.O_NONBLOCK) : DESCRIPTOR
  const chunks: Buffer[] = []
  let bytes = 0
  let heardAt = performance.now()
  for (;;) {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
    const count = readOrNull(descriptor, chunk)
    if (count === null) {
      if (performance.now() - heardAt > PATIENCE_MILLISECONDS) return { fault: 'did not come' }
      await setTimeout(POLL_MILLISECONDS)
      continue
    }
    heardAt = performance.now()
    bytes += count
    if (bytes > maxBytes) return { fault: `is over ${maxBytes} bytes` }
    chunks.push(chunk.subarray(0, count))
    if (count === 0 || isWhole(chunk.subarray(0, count), chunks))
      return { text: Buffer.concat(chunks).toString('utf8') }
  }
}

/** `null`: nothing has come yet. */
function readOrNull(descriptor: number, chunk: Buffer): number | null {
  try {
    return readSync(descriptor, chunk)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EAGAIN') return null
    if (code === 'EOF') return 0
    throw error
  }
}

/** Whether what has come is a document. Only what ends like one is looked at as a whole. */
function isWhole(last: Buffer, chunks: readonly Buffer[]): boolean {
  if (!/\}\s*$/.test(last.subarray(-16).toString('latin1'))) return false
  return !('fault' in scanJson(Buffer.concat(chunks), { depth: MAX_DEPTH }))
}
