import { asCoordError, CoordError } from '../../base/errors.js'
import { certificateEnd } from '../../hub-client/certificate-end.js'
import type { RawPullAnswer } from '../../hub-client/pull-answer.js'
import { connect, connectorOf } from '../../workspace/connect.js'
import { formerHub } from '../../workspace/former-hub.js'
import type { Session } from '../../workspace/session.js'
import { resolveTarget, type Target } from '../../workspace/target.js'
import { type Check, type Finding, fine, wrong } from './check.js'

/** Whoever asks how things stand does not wait for long. */
const PATIENCE_SECONDS = 5
/** A signature is good for 30 s; what ends by the clock shows earlier. */
const CLOCK_TOLERANCE_SECONDS = 5
const DAY_MILLISECONDS = 24 * 3600 * 1000
const RENEW_DAYS = 14

const CLOCK_CURES: Partial<Record<NodeJS.Platform, string>> = {
  darwin: 'sudo sntp -sS time.apple.com',
  win32: 'w32tm /resync',
}

/** Whether the hub answers, who signs there, how the clocks stand, and until when its certificate is good. */
export const hubCheck: Check = {
  name: 'hub',
  async examine({ session }) {
    const target = targetOrNull(session)
    if (target === null) return withoutHub(session)
    const findings = [identityFinding(session, target), ...(await answerFindings(session, target))]
    if (target.hub.origin.startsWith('https:')) findings.push(...(await certificateFindings(session, target)))
    return findings
  },
}

function targetOrNull(session: Session): Target | null {
  try {
    return resolveTarget(session)
  } catch (error) {
    if (error instanceof CoordError && error.code === 'HUB_URL_MISSING') return null
    // Settings have a check of their own.
    if (error instanceof CoordError && error.code === 'FLAG_MISSING') return null
    throw error
  }
}

function withoutHub(session: Session): readonly Finding[] {
  const former = formerHub(session)
  if (former === null) return [fine('no hub is set: what is written here stays on this machine')]
  const [owner, slug] = former.space.split('/')
  const message = `no hub is set, and this workspace synced with ${former.hub} (${former.space})`
  const again = `muse-coord init --hub ${former.hub} --owner ${owner} --slug ${slug}`
  return [wrong(message, `${again}; or, where it has none any more: muse-coord init --local`)]
}

function identityFinding(session: Session, { hub }: Target): Finding {
  const identity = connectorOf(session).identity(session.env, hub)
  if (identity !== null) return fine(`${identity.handle} signs at ${hub.host}`)
  const cure = `muse-coord auth keygen --hub ${hub.base} --handle NAME && muse-coord auth register --hub ${hub.base}`
  return wrong(`nobody signs at ${hub.host}: nothing can be pushed`, cure)
}

async function answerFindings(session: Session, target: Target): Promise<Finding[]> {
  const { hub, owner, slug } = target
  const client = await connect(session.with({ timeoutSeconds: session.timeoutSeconds ?? PATIENCE_SECONDS }), {
    hub: target.hub,
  })
  const askedAt = session.clock.now()
  let page: RawPullAnswer
  try {
    page = await client.pull(owner, slug, { sinceId: 0, limit: 1, kinds: [] })
  } catch (error) {
    const { message, hint } = asCoordError(error)
    return [wrong(message.replace(/\.$/, ''), hint)]
  }
  const findings = [fine(`${hub.base} answers for ${owner}/${slug}`)]
  if (page.now === null) return findings
  // The hub has looked at its clock somewhere between the question and the answer.
  const answeredAt = session.clock.now()
  const ahead = Math.max(askedAt - page.now, Math.min(0, answeredAt - page.now))
  const seconds = Math.round(Math.abs(ahead) / 1000)
  if (seconds <= CLOCK_TOLERANCE_SECONDS) return [...findings, fine('this machine’s clock goes as the hub’s')]
  const message = `this machine’s clock is ${seconds} s ${ahead > 0 ? 'ahead of' : 'behind'} the hub’s`
  return [...findings, wrong(message, CLOCK_CURES[process.platform] ?? 'sudo timedatectl set-ntp true')]
}

async function certificateFindings({ clock }: Session, { hub }: Target): Promise<Finding[]> {
  const until = await certificateEnd(hub.origin)
  if (until === null) return []
  const days = Math.floor((until - clock.now()) / DAY_MILLISECONDS)
  const end = new Date(until).toISOString().slice(0, 10)
  if (days >= RENEW_DAYS) return [fine(`the hub’s certificate is good until ${end}`)]
  const message = `the hub’s certificate ${days < 0 ? 'has ended' : 'ends'} on ${end}`
  return [wrong(message, 'Have its operator renew it, and start the hub again with the new --tls-cert.')]
}
