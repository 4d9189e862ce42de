import fs from 'node:fs'

/** What the machine got when it was started, and no other start has; `null` where the system does not tell. Only Linux does. */
export function bootId(): string | null {
  if (known === undefined) known = read()
  return known
}

/** No process outlives the start of the machine that it was started in. */
let known: string | null | undefined

function read(): string | null {
  try {
    return fs.readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim() || null
  } catch {
    return null
  }
}
