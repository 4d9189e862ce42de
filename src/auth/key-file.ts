/** Private keys on disk: PKCS#8 PEM, Ed25519, for their owner's eyes only. Nothing here prints one. */
import { createPrivateKey, type KeyObject } from 'node:crypto'
import { basename, dirname, sep } from 'node:path'
import { coordError } from '../base/errors.js'
import { readText } from '../files/read-text.js'
import type { IdentityPaths } from './identity-paths.js'
import { assertPrivate } from './private-files.js'
import { fingerprint, rawPublicKey } from './public-key.js'

const MAX_KEY_BYTES = 16 * 1024

/**
 * Writes a key to its own file under `~/.muse/keys/`, named by its fingerprint, so that no key ever replaces another.
 *
 * @returns the file's path
 */
export function writeKeyFile(paths: IdentityPaths, privateKey: KeyObject): string {
  const name = fingerprint(rawPublicKey(privateKey)).replace('sha256:', 'ed25519-')
  paths.muse.make()
  paths.keys.make()
  paths.keys.write(`${name}.pem`, privateKey.export({ format: 'pem', type: 'pkcs8' }), { fsync: true })
  return paths.keys.pathOf(`${name}.pem`)
}

/** Removes a file that {@link writeKeyFile} made: a key that no identity names would lie there for ever. */
export function removeKeyFile(paths: IdentityPaths, path: string): void {
  paths.keys.remove(basename(path))
}

/**
 * Reads a key that nobody else can read.
 *
 * @throws `IDENTITY_INVALID` naming the file, never what is in it
 */
export function readKeyFile(paths: IdentityPaths, path: string): KeyObject {
  const reading = path.startsWith(paths.home.path + sep)
    ? paths.home.read(paths.home.nameOf(path), MAX_KEY_BYTES)
    : readText(path, { maxBytes: MAX_KEY_BYTES })
  if ('fault' in reading) throw coordError('IDENTITY_INVALID', path, `the key file ${reading.fault}.`)
  assertPrivate(path, 'the key file')
  assertPrivate(dirname(path), 'the directory of the key')
  let key: KeyObject
  try {
    key = createPrivateKey(reading.text)
  } catch {
    // Not passed on as the cause: what OpenSSL says about a file may hold parts of it.
    throw coordError('IDENTITY_INVALID', path, 'the key file is no PEM of a private key.')
  }
  if (key.asymmetricKeyType !== 'ed25519') {
    throw coordError('IDENTITY_INVALID', path, `the key is of type ${key.asymmetricKeyType}, not ed25519.`)
  }
  return key
}
