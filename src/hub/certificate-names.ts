import { X509Certificate } from 'node:crypto'

/**
 * The host names and addresses that a certificate is for, as they stand in an address: `hub.example.com`, `[::1]`.
 * Names with a wildcard are left out, for they name no one host.
 *
 * @throws Node's own error when the text holds no certificate
 */
export function certificateNames(pem: string): string[] {
  const { subjectAltName } = new X509Certificate(pem)
  return (subjectAltName ?? '').split(', ').flatMap((entry) => {
    const [, kind, name] = /^(DNS|IP Address):([^*]+)$/.exec(entry) ?? []
    if (name === undefined) return []
    return [kind !== 'DNS' && name.includes(':') ? `[${new URL(`http://[${name}]`).hostname.slice(1, -1)}]` : name]
  })
}
