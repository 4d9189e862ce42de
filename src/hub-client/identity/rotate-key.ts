import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { type Identity, writeIdentity } from '../../auth/identity-file.js'
import type { IdentityPaths } from '../../auth/identity-paths.js'
import { readKeyFile, removeKeyFile, writeKeyFile } from '../../auth/key-file.js'
import { fingerprint, rawPublicKey } from '../../auth/public-key.js'
import { CoordError, coordError, problemOf } from '../../base/errors.js'
import type { HubUrl } from '../../record/hub-url.js'
import type { HubClient } from '../hub-client.js'
import { keyProof } from './key-proof.js'

export interface RotateKeyOptions {
  readonly hub: HubUrl
  /** The one whose key is replaced. */
  readonly identity: Identity
  readonly paths: IdentityPaths
  /** A key that an earlier try left; a new one is made when left out. */
  readonly keyPath?: string | undefined
  /** Makes a client of the hub that signs with a key of the identity's handle. */
  readonly connectWith: (privateKey: KeyObject) => HubClient
}

/** Which key signs now. */
export interface RotateKeyResult {
  hub: string
  handle: string
  /** `sha256:` and hex */
  fingerprint: string
  replacedFingerprint: string
  /** Absolute. */
  keyPath: string
}

/**
 * Gives the handle of an identity a new key, at the hub first and then in the identity file. The file of the old key
 * stays. The new key is on the disk before the hub hears of it, so that at no point nobody has the key that the hub takes.
 *
 * Rejects with `ROTATION_UNSURE` when the hub may have taken the key; else with nothing changed.
 */
export async function rotateKey(options: RotateKeyOptions): Promise<RotateKeyResult> {
  const { hub, identity, paths } = options
  const keyPath = options.keyPath ?? writeKeyFile(paths, generateKeyPairSync('ed25519').privateKey)
  const key = readKeyFile(paths, keyPath)
  const print = fingerprint(rawPublicKey(key))
  const client = options.connectWith(identity.privateKey)
  let isOffered = options.keyPath !== undefined
  try {
    const { nonceHex } = await client.challenge(print)
    isOffered = true
    await client.rotateKey(keyProof(key, nonceHex))
  } catch (error) {
    const isTaken =
      isOffered &&
      (await isInForce(options, key).catch(() => {
        throw coordError('ROTATION_UNSURE', keyPath, problemOf(error))
      }))
    if (!isTaken) {
      if (options.keyPath === undefined) removeKeyFile(paths, keyPath)
      throw error
    }
  }
  const { host, handle, type } = identity
  writeIdentity(paths, { host, handle, type, fingerprint: print, keyPath }, true)
  return { hub: hub.base, handle, fingerprint: print, replacedFingerprint: identity.fingerprint, keyPath }
}

/** Whether the hub takes what this key signs for the handle. A retry of a rotation that was done looks like a refusal. */
async function isInForce(options: RotateKeyOptions, key: KeyObject): Promise<boolean> {
  const { handle } = options.identity
  try {
    await options.connectWith(key).space(handle, handle)
    return true
  } catch (error) {
    if (!(error instanceof CoordError)) throw error
    if (error.code === 'SPACE_HIDDEN') return true
    if (error.code === 'HUB_DENIED') return false
    throw error
  }
}
