import { coordError } from '../base/errors.js'
import { quote } from '../base/quote.js'
import { type CertificatePin, isCertificatePin } from './certificate-pin.js'
import { type HubUrl, parseHubUrl } from './hub-url.js'
import { isSpaceName } from './record.js'

/** What a line to join by says: `https://hub.example.com/gabriel/myrepo#CODE`, `…#CODE.PIN`, and for a device `…#HANDLE@CODE`. */
export interface InvitationLine {
  readonly hub: HubUrl
  readonly owner: string
  readonly slug: string
  readonly code: string
  /** For whom a further key is to sign; `null`: the line is for whoever has it. */
  readonly handle: string | null
  /** What the hub's certificate is known by; `null`: authorities vouch for it. */
  readonly pin: CertificatePin | null
}

const COMMAND = /^\s*(?:muse-coord\s+join\s+)?(\S+)\s*$/
const CODE = /^[A-Za-z0-9_-]{16,128}$/

export function invitationLine({ hub, owner, slug, code, handle, pin }: InvitationLine): string {
  const [forWhom, known] = [handle === null ? '' : `${handle}@`, pin === null ? '' : `.${pin}`]
  return `${hub.base}/${owner}/${slug}#${forWhom}${code}${known}`
}

/** Reads a line, also with the command before it. @throws `JOIN_LINE`, `HUB_URL_INVALID` */
export function parseInvitationLine(text: string): InvitationLine {
  const [, address = ''] = COMMAND.exec(text) ?? []
  if (!URL.canParse(address)) throw coordError('JOIN_LINE', `${quote(text)} is no address`)
  const url = new URL(address)
  const parts = url.pathname.split('/').filter(Boolean)
  const [owner, slug] = parts.slice(-2)
  if (owner === undefined || slug === undefined || !isSpaceName(owner) || !isSpaceName(slug)) {
    throw coordError('JOIN_LINE', `${quote(address)} names no space`)
  }
  const [, handle = null, rest = ''] = /^#(?:([^@]*)@)?(.*)$/s.exec(url.hash) ?? []
  if (handle !== null && !isSpaceName(handle)) throw coordError('JOIN_LINE', `${quote(handle)} is no handle`)
  const [code = '', pin = null, ...more] = rest.split('.')
  if (!CODE.test(code) || more.length > 0) {
    throw coordError('JOIN_LINE', 'what stands behind its # is no code of an invitation')
  }
  if (pin !== null && (!isCertificatePin(pin) || url.protocol !== 'https:')) {
    throw coordError(
      'JOIN_LINE',
      'what stands behind its last dot is no fingerprint of a certificate of an https address',
    )
  }
  url.hash = ''
  url.pathname = parts.slice(0, -2).join('/')
  return { hub: parseHubUrl(url.href.replace(/\/$/, '')), owner, slug, code, handle, pin }
}
