import { createReadStream, createWriteStream } from 'node:fs'
import { rename, rm, stat } from 'node:fs/promises'
import { PassThrough, pipeline, Readable } from 'node:stream'
import { pipeline as piped } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { CoordError, fileError } from '../../base/errors.js'
import type { Store } from '../stores/store.js'
import { exportHub } from './export-hub.js'

export interface ExportResult {
  file: string
  spaces: number
  lines: number
  /** Of the file. */
  bytes: number
}

/**
 * Writes an archive to a file that only this user can read, whole or not at all, compressed where its name ends in
 * `.gz`. Memory does not grow with it.
 *
 * Rejects as `exportHub` does, and with `FILE_FAILED`.
 *
 * @param only `owner/slug`; `null`: everything
 */
export async function writeArchive(
  store: Store,
  only: string | null,
  file: string,
  signal: AbortSignal,
): Promise<ExportResult> {
  const unfinished = `${file}.${process.pid}.tmp`
  let lines = 0
  let spaces = 0
  async function* counted(): AsyncGenerator<string> {
    for await (const line of exportHub(store, only)) {
      lines++
      if (line.startsWith('{"space"')) spaces++
      yield `${line}\n`
    }
  }
  try {
    const target = createWriteStream(unfinished, { mode: 0o600, flags: 'wx', flush: true })
    await piped(Readable.from(counted()), isCompressed(file) ? createGzip() : new PassThrough(), target, { signal })
    const { size } = await stat(unfinished)
    await rename(unfinished, file)
    return { file, spaces, lines, bytes: size }
  } catch (error) {
    await rm(unfinished, { force: true })
    throw error instanceof CoordError ? error : fileError(file, error)
  }
}

/** The lines of an archive. Throws `FILE_FAILED`. */
export async function* readArchive(file: string): AsyncGenerator<string> {
  try {
    const source = createReadStream(file)
    // Failures reach the reader through the stream that it reads.
    const input: Readable = isCompressed(file) ? pipeline(source, createGunzip(), () => {}) : source
    yield* linesOf(input.setEncoding('utf8'))
  } catch (error) {
    throw error instanceof CoordError ? error : fileError(file, error)
  }
}

/** Divided by line feeds alone: a payload may hold what else Unicode, and Node's own reader of lines, takes for the end of one. */
async function* linesOf(texts: AsyncIterable<string>): AsyncGenerator<string> {
  let begun: string[] = []
  for await (const text of texts) {
    let from = 0
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      yield begun.join('') + text.slice(from, end)
      begun = []
      from = end + 1
    }
    begun.push(text.slice(from))
  }
  const rest = begun.join('')
  if (rest !== '') yield rest
}

function isCompressed(file: string): boolean {
  return file.endsWith('.gz')
}
