import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { forgetNextKey, type Identity, noteNextKey, writeIdentity } from '../../auth/identity-file.js'
import type { IdentityPaths } from '../../auth/identity-paths.js'
import { readKeyFile, removeKeyFile } from '../../auth/key-file.js'
import { fingerprint, rawPublicKey } from '../../auth/public-key.js'
import { CoordError, coordError, problemOf } from '../../base/errors.js'
import type { HubUrl } from '../../record/hub-url.js'
import type { HubClient } from '../hub-client.js'
import { isInForce } from './is-in-force.js'
import { keyProof } from './key-proof.js'

export interface RotateKeyOptions {
  readonly hub: HubUrl
  /** The one whose key is replaced. */
  readonly identity: Identity
  readonly paths: IdentityPaths
  /** A key to put in its place; the one that an earlier try noted, else a new one, when left out. */
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
 * stays. The new key is on the disk and noted in the identity file before the hub hears of it, so that at no point nobody
 * has the key that the hub takes: whoever is ended on the way finishes by the next call.
 *
 * Rejects with `ROTATION_UNSURE` when the hub may have taken the key, or may yet: a request whose answer was lost can
 * still arrive. Else with nothing changed.
 */
export async function rotateKey(options: RotateKeyOptions): Promise<RotateKeyResult> {
  const { hub, identity, paths } = options
  const { host, handle, type } = identity
  const isBegun = options.keyPath !== undefined || identity.nextKey !== undefined
  const makeKey = () => generateKeyPairSync('ed25519').privateKey
  const keyPath = options.keyPath ?? noteNextKey(paths, host, makeKey)
  const key = readKeyFile(paths, keyPath)
  const print = fingerprint(rawPublicKey(key))
  // Of a key that was offered before it is asked first: a second offer by the old key would be refused.
  const isTaken = isBegun && (await isInForce(options.connectWith(key), options.identity.handle))
  if (!isTaken) await offer(options, { key, keyPath, isBegun })
  writeIdentity(paths, { host, handle, type, fingerprint: print, keyPath }, true)
  return { hub: hub.base, handle, fingerprint: print, replacedFingerprint: identity.fingerprint, keyPath }
}

interface Offer {
  readonly key: KeyObject
  readonly keyPath: string
  /** Whether an earlier try may have offered it. */
  readonly isBegun: boolean
}

async function offer(options: RotateKeyOptions, { key, keyPath, isBegun }: Offer): Promise<void> {
  const { identity, paths, connectWith } = options
  const client = connectWith(identity.privateKey)
  let nonceHex: string
  try {
    ;({ nonceHex } = await client.challenge(fingerprint(rawPublicKey(key))))
  } catch (error) {
    if (!isBegun) {
      forgetNextKey(paths, identity.host, keyPath)
      removeKeyFile(paths, keyPath)
    }
    throw error
  }
  try {
    await client.rotateKey(keyProof(key, nonceHex))
  } catch (error) {
    const unsure = () => coordError('ROTATION_UNSURE', keyPath, problemOf(error))
    const isTaken = await isInForce(options.connectWith(key), options.identity.handle).catch(() => {
      throw unsure()
    })
    if (isTaken) return
    // Not in force now is no promise: what was cut on its way arrives as long as its signature is fresh.
    throw isRefusal(error) ? error : unsure()
  }
}

/** Whether the hub has answered, and said no. */
function isRefusal(error: unknown): boolean {
  return error instanceof CoordError && (error.code === 'HUB_DENIED' || error.code === 'HUB_REFUSED')
}
