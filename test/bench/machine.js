import { execFileSync } from 'node:child_process'
import os from 'node:os'

/**
 * What a figure depends on beside the programs. `directory` is where the runs take place.
 *
 * @param {string} directory
 */
export function describeMachine(directory) {
  const [processor] = os.cpus()
  return {
    processor: processor?.model ?? 'unknown',
    cores: os.availableParallelism(),
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    system: `${os.type()} ${os.release()}`,
    node: process.version,
    git: execFileSync('git', ['--version'], { encoding: 'utf8' }).trim(),
    fileSystem: fileSystemOf(directory),
    loadAtStart: os.loadavg()[0],
  }
}

function fileSystemOf(directory) {
  // POSIX: the last line's first field is the device. `stat -f` of GNU names the type.
  try {
    return execFileSync('stat', ['-f', '-c', '%T', directory], { encoding: 'utf8', stdio: 'pipe' }).trim()
  } catch {
    return execFileSync('df', ['-P', directory], { encoding: 'utf8' }).trim().split('\n').at(-1)?.split(/\s+/)[0]
  }
}
