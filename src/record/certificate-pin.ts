/** What a hub is known by that no authority vouches for: SHA-256 over the public key of its certificate (SPKI), base64url. */
export type CertificatePin = string

const CERTIFICATE_PIN = /^[A-Za-z0-9_-]{43}$/

export function isCertificatePin(value: unknown): value is CertificatePin {
  return typeof value === 'string' && CERTIFICATE_PIN.test(value)
}
