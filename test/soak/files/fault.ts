/** What becomes of a file call of a program. */
export type Fault = 'kill' | 'stop' | 'EIO' | 'EACCES' | 'EMFILE' | 'ENOSPC'

interface FaultKind {
  /** The names of the calls that can end so. `create`: an open that may make the file. */
  readonly calls: string
  /** Whether those that follow end so too: no other one, all on the same path, or all. */
  readonly lasts: 'once' | 'there' | 'everywhere'
}

const BY_PATH =
  'access|appendFile|chmod|copyFile|create|exists|link|lstat|mkdir|open|opendir|readlink|realpath|rename|rm|rmdir|stat|symlink|unlink|utimes'

/** A disk that is full stays full, and what may not be read stays so; what a disk could not read it may read the next time. */
export const FAULTS: Readonly<Record<Fault, FaultKind>> = {
  kill: { calls: '.', lasts: 'once' },
  stop: { calls: '.', lasts: 'once' },
  EIO: { calls: '.', lasts: 'once' },
  EACCES: { calls: `^(${BY_PATH})$`, lasts: 'there' },
  EMFILE: { calls: '^(create|open|opendir)$', lasts: 'everywhere' },
  ENOSPC: { calls: '^(appendFile|copyFile|create|link|mkdir|rename|symlink|write|writeFile)$', lasts: 'everywhere' },
}

export function isFault(name: string): name is Fault {
  return Object.hasOwn(FAULTS, name)
}

/**
 * Whether a call can end so.
 *
 * @param call as `file-faults.cjs` tells it: `open .muse/coordination/tasks/t1.json`
 */
export function canEndIn(fault: Fault, call: string): boolean {
  return new RegExp(FAULTS[fault].calls).test(call.slice(0, call.indexOf(' ')))
}
