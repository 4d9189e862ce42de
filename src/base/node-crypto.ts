/**
 * Node's `node:crypto`, loaded when something of it is first called: loading it takes as long as all else that a short command
 * does, and most commands call nothing of it. For what every command loads; what a hub or a signature needs imports it.
 */
export function nodeCrypto(): typeof import('node:crypto') {
  return process.getBuiltinModule('node:crypto')
}

/** So many random bytes, in hexadecimal. */
export function randomHex(bytes: number): string {
  return nodeCrypto().randomBytes(bytes).toString('hex')
}
