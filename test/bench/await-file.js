import { existsSync, mkdirSync, watch } from 'node:fs'
import path from 'node:path'

/** Resolves as soon as a file is there, told by the file system and not by asking again and again. */
export function awaitFile(file, seconds = 30) {
  const directory = path.dirname(file)
  mkdirSync(directory, { recursive: true })
  return new Promise((resolve, reject) => {
    const watcher = watch(directory, () => existsSync(file) && end(resolve))
    const timer = setTimeout(
      () => end(() => reject(new Error(`${file} did not appear in ${seconds} s`))),
      seconds * 1000,
    )
    function end(tell) {
      clearTimeout(timer)
      watcher.close()
      tell()
    }
    if (existsSync(file)) end(resolve)
  })
}
