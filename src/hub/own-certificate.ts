import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { hostname, networkInterfaces } from 'node:os'
import { basename, dirname } from 'node:path'
import { pinOfKey } from '../auth/certificate-pin.js'
import type { Clock } from '../base/clock.js'
import { coordError, problemOf } from '../base/errors.js'
import type { Folder } from '../files/folder.js'
import { diskStorage } from '../files/storage.js'
import type { CertificatePin } from '../record/certificate-pin.js'
import { certificateNames } from './certificate-names.js'

/** A certificate that the hub has made for itself. */
export interface OwnCertificate {
  /** PEM, absolute */
  readonly certFile: string
  /** PEM, absolute, mode 0600 */
  readonly keyFile: string
  readonly pin: CertificatePin
  /** The host names and addresses that it is for, as they stand in an address. */
  readonly names: readonly string[]
}

const DAY_MILLISECONDS = 24 * 3600 * 1000
const VALID_DAYS = 730
/** One that ends sooner is renewed: longer than a hub usually runs without a start. */
const RENEW_DAYS = 180
/** What a certificate can hold as a name of a host; some systems let a machine be called otherwise. */
const HOST_NAME = /^[A-Za-z0-9._-]+$/
const MAX_PEM_BYTES = 64 * 1024
const [KEY_FILE, CERTIFICATE_FILE] = ['key.pem', 'certificate.pem']

/**
 * The certificate that a hub has made for itself; made where there is none, and anew where it ends soon or lacks a name. Its key
 * stays, and so does the pin that other machines know it by.
 *
 * @param directory of the key, absolute; it and the one around it are made where they are missing
 * @param names further host names and addresses, beside all that this machine has
 * @throws `OWN_CERTIFICATE`, `FILE_FAILED`, `LINK_REFUSED`
 */
export async function ownCertificate(
  directory: string,
  { names, clock }: { readonly names: readonly string[]; readonly clock: Clock },
): Promise<OwnCertificate> {
  // The directory around it may be a link, and open to those whom its user lets in; one that is made here is for its user alone.
  const parent = dirname(directory)
  const around = diskStorage.open(dirname(parent))
  if (parent !== around.path && around.stat(basename(parent)) === null)
    around.in(basename(parent), { openTo: 'user' }).make()
  const folder = diskStorage.open(parent).in(basename(directory), { openTo: 'user' })
  const privateKey = ownKey(folder)
  const wanted = [...new Set([...machineNames(), ...names.map(bare)])]
  const pem = presentCertificate(folder, privateKey, wanted, clock) ?? (await issue(privateKey, wanted, clock))
  folder.update(CERTIFICATE_FILE, pem)
  return {
    certFile: folder.pathOf(CERTIFICATE_FILE),
    keyFile: folder.pathOf(KEY_FILE),
    pin: pinOfKey(createPublicKey(privateKey)),
    names: certificateNames(pem),
  }
}

/** Of two hubs that start at once in one directory one makes the key, and both have it. */
function ownKey(folder: Folder): KeyObject {
  if (folder.stat(KEY_FILE) === null) {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    folder.create(KEY_FILE, privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(), {
      fsync: true,
      mode: 0o600,
    })
  }
  const file = folder.pathOf(KEY_FILE)
  const reading = folder.read(KEY_FILE, MAX_PEM_BYTES)
  if ('fault' in reading) throw coordError('OWN_CERTIFICATE', file, `the file ${reading.fault}`)
  try {
    return createPrivateKey(reading.text)
  } catch {
    // Not passed on as the cause: what OpenSSL says about a file may hold parts of it.
    throw coordError('OWN_CERTIFICATE', file, 'it is no PEM of a private key')
  }
}

/** The certificate that lies there, if it serves on. One that cannot be read is replaced: the key alone is what matters. */
function presentCertificate(folder: Folder, privateKey: KeyObject, wanted: readonly string[], clock: Clock) {
  const reading = folder.read(CERTIFICATE_FILE, MAX_PEM_BYTES)
  if ('fault' in reading) return null
  try {
    const certificate = new X509Certificate(reading.text)
    const present = new Set(certificateNames(reading.text).map(bare))
    const isLasting = Date.parse(certificate.validTo) - clock.now() > RENEW_DAYS * DAY_MILLISECONDS
    const serves = isLasting && certificate.checkPrivateKey(privateKey) && wanted.every((name) => present.has(name))
    return serves ? reading.text : null
  } catch {
    return null
  }
}

async function issue(privateKey: KeyObject, names: readonly string[], clock: Clock): Promise<string> {
  const { generate } = await import('selfsigned')
  const pem = { format: 'pem', type: 'pkcs8' } as const
  const publicKey = createPublicKey(privateKey).export({ format: 'pem', type: 'spki' }).toString()
  const altNames = names.map((name) =>
    isIP(name) === 0 ? { type: 2 as const, value: name } : { type: 7 as const, ip: name },
  )
  try {
    const { cert } = await generate([{ name: 'commonName', value: 'muse-coord hub' }], {
      keyType: 'ec',
      algorithm: 'sha256',
      keyPair: { privateKey: privateKey.export(pem).toString(), publicKey },
      // A machine whose clock is behind takes it too.
      notBeforeDate: new Date(clock.now() - DAY_MILLISECONDS),
      notAfterDate: new Date(clock.now() + VALID_DAYS * DAY_MILLISECONDS),
      extensions: [
        { name: 'basicConstraints', cA: false, critical: true },
        { name: 'keyUsage', digitalSignature: true, critical: true },
        { name: 'extKeyUsage', serverAuth: true },
        { name: 'subjectAltName', altNames },
      ],
    })
    return cert
  } catch (error) {
    throw coordError('OWN_CERTIFICATE', names.join(', '), problemOf(error))
  }
}

/** What this machine is called; addresses that hold on one network card alone name no host elsewhere. */
function machineNames(): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((list = []) => list.map(({ address }) => address))
  const reachable = addresses.filter((address) => !/^fe80:/i.test(address))
  return ['localhost', '127.0.0.1', '::1', ...(HOST_NAME.test(hostname()) ? [hostname()] : []), ...reachable].map(bare)
}

/** An address without brackets and in its one spelling. */
function bare(name: string): string {
  const plain = name.replace(/^\[(.*)\]$/, '$1').toLowerCase()
  return isIP(plain) === 6 ? new URL(`http://[${plain}]`).hostname.slice(1, -1) : plain
}
