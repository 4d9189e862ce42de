import type { CoordError } from '../../base/errors.js'
import type { Registration } from '../../hub/context.js'
import type { Output } from '../output.js'

/** What the command says once the hub listens. */
interface Listening {
  readonly url: string
  readonly publicUrl: string | null
  readonly store: string
  readonly registration: Registration
  readonly hubFingerprint: string
  readonly fingerprint: string | null
  readonly reachedAs: readonly string[]
  readonly firstOwnerAt: string | null
}

export function textOf(listening: Listening): string {
  const { url, publicUrl, store, registration, hubFingerprint, fingerprint, reachedAs, firstOwnerAt } = listening
  const where = publicUrl === null ? url : `${url}, known as ${publicUrl}`
  const line = `✅ Hub listening on ${where} — store: ${store}, registration: ${registration}\n   key: ${hubFingerprint}`
  const certificate = fingerprint === null ? '' : `\n   certificate: ${fingerprint}, for ${reachedAs.join(' ')}`
  const next =
    firstOwnerAt === null
      ? ''
      : '\n   nobody is in yet: `muse-coord join` in a repository makes you its first owner, `muse-coord space invite` brings the next machine'
  return line + certificate + next
}

/** To programs as a document of its own; to people, and to logs, on stderr. */
export function sayReloaded(output: Output, until: number | null): void {
  const validUntil = until === null ? null : new Date(until).toISOString()
  if (output.json) output.emit({ event: 'reloaded', validUntil }, '')
  else if (validUntil === null) output.note('ℹ️  SIGHUP: this hub has no certificate, nothing was read anew.')
  else output.note(`🔄 The certificate was read anew; it is valid until ${validUntil}.`)
}

export function sayNotReloaded(output: Output, { message, hint }: CoordError): void {
  if (output.json) output.emit({ event: 'not_reloaded', error: message, hint }, '')
  else output.note(`❌ The hub goes on with the certificate that it has: ${message} ${hint}`)
}

/** The store as others may read it. */
export function withoutPassword(store: string): string {
  if (!/^[a-z]+:\/\//i.test(store)) return store
  const url = new URL(store)
  url.password = ''
  url.search = ''
  return url.href
}
