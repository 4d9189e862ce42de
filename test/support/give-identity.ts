import type { KeyObject } from 'node:crypto'
import { writeIdentity } from '../../src/auth/identity-file.js'
import { identityPaths } from '../../src/auth/identity-paths.js'
import { writeKeyFile } from '../../src/auth/key-file.js'
import { fingerprint, rawPublicKey } from '../../src/auth/public-key.js'
import { parseHubUrl } from '../../src/record/hub-url.js'

/** Lets a home directory sign at a hub. */
export function giveIdentity(
  env: Readonly<Record<string, string>>,
  hub: string,
  { handle, privateKey }: { readonly handle: string; readonly privateKey: KeyObject },
): void {
  const paths = identityPaths(env)
  if (paths === null) throw new Error('the environment has no HOME')
  const keyPath = writeKeyFile(paths, privateKey)
  const print = fingerprint(rawPublicKey(privateKey))
  writeIdentity(paths, { host: parseHubUrl(hub).host, handle, type: 'agent', fingerprint: print, keyPath }, true)
}
