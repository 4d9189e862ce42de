/** Node's `node:os`, loaded when something of it is first called, as {@link nodeCrypto} is: most commands call nothing of it. */
export function nodeOs(): typeof import('node:os') {
  return process.getBuiltinModule('node:os')
}
