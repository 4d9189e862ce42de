import { readlinkSync } from 'node:fs'

/**
 * Where this process works. Node throws where the directory was removed; whoever needs it says so by the name that the shell
 * knows. A shell that was started there knows none; then by the one that the kernel has, with "(deleted)" behind it.
 */
export function workingDirectory(): string {
  try {
    return process.cwd()
  } catch {
    return process.env.PWD || kernelsName()
  }
}

function kernelsName(): string {
  try {
    return readlinkSync('/proc/self/cwd')
  } catch {
    return '/(deleted)'
  }
}
