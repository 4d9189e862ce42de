import { constants, fstatSync, openSync, readSync } from 'node:fs'
import { MAX_DEPTH, scanJson } from '../base/json/scan.js'
import { ticks } from '../base/timer.js'

/** What stood on standard input, or why it could not be read: the rest of a sentence that begins with it. */
export type InputReading = { readonly text: string } | { readonly fault: string }

const DESCRIPTOR = 0
const CHUNK_BYTES = 64 * 1024
/** For how long whoever holds it open may write nothing. */
const PATIENCE_MILLISECONDS = 1000
/** For how long it may go on for ever: below the limits that agent programs set to their hooks. */
const END_MILLISECONDS = 3000
const POLL_MILLISECONDS = 2
const SILENT = { fault: 'did not come' }
const ENDLESS = { fault: `did not end within ${END_MILLISECONDS} ms` }

/**
 * Reads standard input to its end, or as far as one JSON document goes: some programs leave it open. It never waits for longer
 * than three seconds, whoever holds the other end.
 */
export async function readStandardInput(maxBytes: number): Promise<InputReading> {
  const stats = fstatSync(DESCRIPTOR)
  if (stats.isCharacterDevice() && process.stdin.isTTY) return { fault: 'is a terminal, and no event' }
  if (stats.isFile() || stats.isCharacterDevice()) return readDescriptor(DESCRIPTOR, maxBytes)
  // Opened anew, a pipe of Linux says that there is nothing yet instead of waiting for ever; a socket cannot be opened.
  const descriptor = stats.isFIFO() && process.platform === 'linux' ? openAnew() : null
  return descriptor === null ? readStream(process.stdin, maxBytes) : readDescriptor(descriptor, maxBytes)
}

/** `null`: it cannot be opened. A sandbox may have no `/proc`, and the pipe may be another user's. */
function openAnew(): number | null {
  try {
    return openSync('/dev/stdin', constants.O_RDONLY | constants.O_NONBLOCK)
  } catch {
    return null
  }
}

/** Without Node's stream, which takes a tenth of Node's own start. */
async function readDescriptor(descriptor: number, maxBytes: number): Promise<InputReading> {
  const collected = new Collected(maxBytes)
  const startedAt = ticks()
  let heardAt = startedAt
  for (;;) {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
    const count = readOrNull(descriptor, chunk)
    if (ticks() - startedAt > END_MILLISECONDS) return ENDLESS
    if (count === null) {
      if (ticks() - heardAt > PATIENCE_MILLISECONDS) return SILENT
      await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS))
      continue
    }
    heardAt = ticks()
    const reading = count === 0 ? collected.all : collected.add(chunk.subarray(0, count))
    if (reading !== null) return reading
  }
}

/** What is left open is not waited for: whoever calls this ends the process by itself. */
function readStream(stream: NodeJS.ReadStream, maxBytes: number): Promise<InputReading> {
  const collected = new Collected(maxBytes)
  return new Promise((resolve) => {
    const settle = (reading: InputReading) => {
      clearTimeout(silence)
      clearTimeout(end)
      stream.destroy()
      resolve(reading)
    }
    const silence = setTimeout(() => settle(SILENT), PATIENCE_MILLISECONDS)
    const end = setTimeout(() => settle(ENDLESS), END_MILLISECONDS)
    stream.on('data', (chunk: Buffer) => {
      silence.refresh()
      const reading = collected.add(chunk)
      if (reading !== null) settle(reading)
    })
    stream.on('end', () => settle(collected.all))
    stream.on('error', (error) => settle({ fault: `cannot be read: ${error.message}` }))
  })
}

/** What has come so far. */
class Collected {
  private readonly chunks: Buffer[] = []
  private bytes = 0

  constructor(private readonly maxBytes: number) {}

  get all(): { readonly text: string } {
    return { text: Buffer.concat(this.chunks).toString('utf8') }
  }

  /** `null`: it may go on. */
  add(chunk: Buffer): InputReading | null {
    this.bytes += chunk.length
    if (this.bytes > this.maxBytes) return { fault: `is over ${this.maxBytes} bytes` }
    this.chunks.push(chunk)
    return isWhole(chunk, this.chunks) ? this.all : null
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
