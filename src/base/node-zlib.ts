/** Node's `node:zlib`, loaded when something of it is first called, as `nodeCrypto` is: most requests and answers are small. */
export function nodeZlib(): typeof import('node:zlib') {
  return process.getBuiltinModule('node:zlib')
}
