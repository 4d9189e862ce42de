/** Private keys on disk: PKCS#8 PEM, Ed25519, for their owner's eyes only. Nothing here prints one. */
import { createPrivateKey, type KeyObject } from 'node:crypto'
import { dirname, join } from 'node:path'
import { coordError } from '../base/errors.js'
import { assertNoLinks } from '../files/assert-no-links.js'
import { writeAtomic } from '../files/atomic-write.js'
import { readText } from '../files/read-text.js'
import type { IdentityPaths } from './identity-paths.js'
import { assertPrivate, makePrivateDirectory } from './private-files.js'
import { fingerprint, rawPublicKey } from './public-key.js'

const MAX_KEY_BYTES = 16 * 1024

/**
 * Writes a key to its own file under `~/.muse/keys/`, named by its fingerprint, so that no key ever replaces another.
 *
 * @returns the file's path
 * @throws `LINK_REFUSED`, `FILE_FAILED`
 */
export function writeKeyFile(paths: IdentityPaths, privateKey: KeyObject): string {
  const name = fingerprint(rawPublicKey(privateKey)).replace('sha256:', 'ed25519-')
  const path = join(paths.keys, `${name}.pem`)
  assertNoLinks(paths.home, path)
  makePrivateDirectory(paths.directory)
  makePrivateDirectory(paths.keys)
  writeAtomic(path, privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600, fsync: true })
  return path
}

/**
 * Reads a key that nobody else can read.
 *
 * @throws `IDENTITY_INVALID` naming the file, never what is in it
 */
export function readKeyFile(paths: IdentityPaths, path: string): KeyObject {
  if (path.startsWith(`${paths.home}/`)) assertNoLinks(paths.home, path)
  const reading = readText(path, { maxBytes: MAX_KEY_BYTES })
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
