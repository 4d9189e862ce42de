import { fstatSync, writeSync } from 'node:fs'

const DESCRIPTORS = { stdout: 1, stderr: 2 }
/** What every pipe takes whole (PIPE_BUF), so that the first text of this size does not wait for a reader. */
const ATOMIC_BYTES = 4096

/**
 * Writes texts to one of the process's own streams. The first, which for most commands is all there is, goes straight to
 * a pipe or a file: the stream object of a pipe brings Node's network code, which takes as long as the command.
 *
 * @param onNobodyReads the reader is gone; any other error of the stream is thrown
 */
export function textWriter(name: 'stdout' | 'stderr', onNobodyReads: () => void = () => {}): (text: string) => void {
  let stream: NodeJS.WriteStream | null = null
  let isFirst = true
  const open = () =>
    process[name].on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
      onNobodyReads()
    })
  return (text) => {
    const bytes = Buffer.from(text)
    const written = isFirst ? writeAtOnce(DESCRIPTORS[name], bytes) : 0
    isFirst = false
    if (written === bytes.length) return
    stream ??= open()
    stream.write(bytes.subarray(written))
  }
}

/** How many bytes were taken. Whatever is in the way is for the stream to meet, which can wait; so are terminals. */
function writeAtOnce(descriptor: number, bytes: Buffer): number {
  try {
    const isDirect = bytes.length <= ATOMIC_BYTES && !fstatSync(descriptor).isCharacterDevice()
    return isDirect ? writeSync(descriptor, bytes) : 0
  } catch {
    return 0
  }
}
