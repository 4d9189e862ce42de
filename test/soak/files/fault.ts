/** What becomes of a file call of a program, or of the disk that it writes to. */
export type Fault = 'kill' | 'stop' | 'SIGTERM' | 'SIGINT' | 'EIO' | 'EACCES' | 'EMFILE' | 'ENOSPC' | 'full'

interface FaultKind {
  /** The names of the calls that can end so; `null`: no call is hit, the disk is. `create`: an open that may make the file. */
  readonly calls: string | null
  /** Whether those that follow end so too: no other one, all on the same path, or all. */
  readonly lasts: 'once' | 'there' | 'everywhere'
  /** What a program that met it says of it; left out: there is nothing to say. */
  readonly told?: RegExp
}

const BY_PATH =
  'access|appendFile|chmod|copyFile|create|exists|link|lstat|mkdir|open|opendir|readlink|realpath|rename|rm|rmdir|stat|symlink|unlink|utimes'

/** A disk that is full stays full, and what may not be read stays so; what a disk could not read it may read the next time. */
export const FAULTS: Readonly<Record<Fault, FaultKind>> = {
  kill: { calls: '.', lasts: 'once' },
  stop: { calls: '.', lasts: 'once' },
  SIGTERM: { calls: '.', lasts: 'once' },
  SIGINT: { calls: '.', lasts: 'once' },
  EIO: { calls: '.', lasts: 'once', told: /EIO/ },
  EACCES: { calls: `^(${BY_PATH})$`, lasts: 'there', told: /EACCES/ },
  EMFILE: { calls: '^(create|open|opendir)$', lasts: 'everywhere', told: /EMFILE/ },
  ENOSPC: {
    calls: '^(appendFile|copyFile|create|link|mkdir|rename|symlink|write|writeFile)$',
    lasts: 'everywhere',
    told: /ENOSPC/,
  },
  // Of what stands behind Node, SQLite for one, others see the fault.
  full: { calls: null, lasts: 'everywhere', told: /ENOSPC|disk is full|no space left/i },
}

export function isFault(name: string): name is Fault {
  return Object.hasOwn(FAULTS, name)
}

/** Whether it asks the process to end, which may do so as it likes. */
export function isRequestToEnd(fault: Fault): boolean {
  return fault === 'SIGTERM' || fault === 'SIGINT'
}

/**
 * Whether a call can end so.
 *
 * @param call as `file-faults.cjs` tells it: `open .muse/coordination/tasks/t1.json`
 */
export function canEndIn(fault: Fault, call: string): boolean {
  const { calls } = FAULTS[fault]
  return calls !== null && new RegExp(calls).test(call.slice(0, call.indexOf(' ')))
}
