import fs from 'node:fs'

/** What the machine got when it was started, and no other start has; `null` where the system does not tell. Only Linux does. */
export function bootId(): string | null {
  try {
    return fs.readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim() || null
  } catch {
    return null
  }
}
