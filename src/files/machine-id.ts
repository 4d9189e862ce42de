import fs from 'node:fs'
import { nodeCrypto } from '../base/node-crypto.js'

/**
 * What tells this machine from others that are named alike: 16 hex digits; `null` where it cannot be told.
 *
 * systemd asks that the id itself is shown to nobody, and names this way to make another one of it
 * (<https://www.freedesktop.org/software/systemd/man/latest/machine-id.html>).
 */
export function machineId(): string | null {
  if (known === undefined) known = read()
  return known
}

let known: string | null | undefined

function read(): string | null {
  let id: string
  try {
    id = fs.readFileSync('/etc/machine-id', 'latin1').trim()
  } catch {
    return null // other systems, containers, sandboxes
  }
  if (!/^[0-9a-f]{32}$/.test(id)) return null
  return nodeCrypto().createHmac('sha256', id).update('muse-coord').digest('hex').slice(0, 16)
}
