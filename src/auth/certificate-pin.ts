import { createHash, type KeyObject, type X509Certificate } from 'node:crypto'
import type { CertificatePin } from '../record/certificate-pin.js'

/** The pin of a certificate: another one of the same key has the same, so that one may be renewed. */
export function pinOfCertificate({ publicKey }: X509Certificate): CertificatePin {
  return pinOfKey(publicKey)
}

/** @param publicKey of a certificate */
export function pinOfKey(publicKey: KeyObject): CertificatePin {
  return createHash('sha256')
    .update(publicKey.export({ format: 'der', type: 'spki' }))
    .digest('base64url')
}
