/** Private keys on disk: PKCS#8 PEM, Ed25519, for their owner's eyes only. Nothing here prints one. */
import { createPrivateKey, type KeyObject } from 'node:crypto'
import { basename, dirname } from 'node:path'
import { coordError, fileError } from '../base/errors.js'
import { readText } from '../files/read-text.js'
import { type IdentityPaths, keysFolder, placeOf } from './identity-paths.js'
import { assertPrivate } from './private-files.js'
import { fingerprint, rawPublicKey } from './public-key.js'

const MAX_KEY_BYTES = 16 * 1024

/** The last key that was read. To parse one takes longer than to sign with it. */
let known: { readonly text: string; readonly key: KeyObject } | undefined

/**
 * Writes a key to its own file under `~/.muse/keys/`, named by its fingerprint, so that no key ever replaces another.
 *
 * @returns the file's path
 */
export function writeKeyFile(paths: IdentityPaths, privateKey: KeyObject): string {
  const name = fingerprint(rawPublicKey(privateKey)).replace('sha256:', 'ed25519-')
  paths.muse.make()
  const keys = keysFolder(paths)
  keys.make()
  keys.write(`${name}.pem`, privateKey.export({ format: 'pem', type: 'pkcs8' }), { fsync: true })
  // By the way that it was found, so that a home directory can be moved.
  return paths.muse.pathOf(`keys/${name}.pem`)
}

/** Removes a file that {@link writeKeyFile} made: a key that no identity names would lie there for ever. */
export function removeKeyFile(paths: IdentityPaths, path: string): void {
  keysFolder(paths).remove(basename(path))
}

/**
 * Reads a key that nobody else can read.
 *
 * @throws `IDENTITY_INVALID` naming the file, never what is in it
 */
export function readKeyFile(paths: IdentityPaths, path: string): KeyObject {
  const place = placeOf(paths, path)
  const reading = readText(place.path, { maxBytes: MAX_KEY_BYTES })
  if ('fault' in reading && reading.error !== null) throw fileError(place.path, reading.error)
  if ('fault' in reading) throw coordError('IDENTITY_INVALID', path, `the key file ${reading.fault}.`)
  assertPrivate(place.path, 'the key file')
  // Where a link leads nobody else can put another file, and who lists its directory sees no more than a name.
  if (!place.isLinked) assertPrivate(dirname(path), 'the directory of the key')
  if (known?.text === reading.text) return known.key
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
  known = { text: reading.text, key }
  return key
}
