import { hostname, userInfo } from 'node:os'
import { pinOf, writePins } from '../auth/pins.js'
import { CoordError, coordError } from '../base/errors.js'
import { isSameHub, parseHubUrl } from '../record/hub-url.js'
import { type InvitationLine, parseInvitationLine } from '../record/invitation-line.js'
import { isSpaceName } from '../record/record.js'
import { configPath, readConfig } from '../workspace/config.js'
import { connectorOf } from '../workspace/connect.js'
import { isIdentityInForce, keygen, knownIdentity, register } from '../workspace/identities.js'
import { init } from '../workspace/init-repo.js'
import { repoOrNull } from '../workspace/repo.js'
import type { Session } from '../workspace/session.js'
import { setVisibility } from '../workspace/space.js'
import { pull } from './pull/pull.js'

export interface JoinRequest {
  /** What `space invite` has printed. */
  readonly line: string
  /** The name to sign by; left out: the one that this user signs by already, else the user's own. */
  readonly handle?: string | undefined
}

export interface Joined {
  readonly hub: string
  readonly owner: string
  readonly slug: string
  readonly handle: string
  /** What the handle may do there: `read` or `write`; `null`: what it could before. */
  readonly role: string | null
  /** The directory that holds `.muse/`. */
  readonly root: string
  /** Whether it was made by this call. */
  readonly created: boolean
  /** How many records came. */
  readonly pulled: number
}

/**
 * Takes an invitation: a key for this user, where there is none; its registration, by which it is a member; the settings; and
 * what the others have written. Safe to repeat: what is done stays done.
 *
 * @throws `JOIN_LINE`, `JOINED_ELSEWHERE`, `HUB_CERTIFICATE`, `IDENTITY_EXISTS`, `HUB_HANDLE_TAKEN`, `HUB_NOT_INVITED`, and as `pull` does
 */
export async function join(session: Session, { line, handle }: JoinRequest): Promise<Joined> {
  const invitation = parseInvitationLine(line)
  const { hub, owner, slug, code } = invitation
  const isDevice = invitation.handle !== null
  if (isDevice && handle !== undefined && handle !== invitation.handle) {
    throw coordError('JOIN_LINE', `it is for a machine of ${invitation.handle}, and not of ${handle}`)
  }
  assertFree(session, invitation)
  const there = session.with({ hub: hub.base, owner, slug })
  const member = await underPin(there, invitation, async () => {
    await giveKey(there, invitation, invitation.handle ?? handle)
    try {
      const label = isDevice ? machineName() : undefined
      const registered = await register(there, { invite: code, label })
      return { handle: registered.handle, role: registered.space?.role ?? null }
    } catch (error) {
      if (!(error instanceof CoordError) || !REFUSALS.has(error.code)) throw error
      const already = await memberAlready(there, invitation)
      if (already === null) throw error
      return already
    }
  })
  const { root, created } = init(there, { hub: hub.base, owner, slug })
  const count = await pulled(there, member.handle === owner)
  return { hub: hub.base, owner, slug, ...member, root, created, pulled: count }
}

/** What a hub says to a line, or to a nonce, that has served. */
const REFUSALS: ReadonlySet<string> = new Set(['HUB_NOT_INVITED', 'HUB_DENIED'])

/**
 * Who this user is in the space already: by the same line, whose first answer was lost or which is taken once more. `null`: nobody, or
 * the hub does not say.
 */
async function memberAlready(
  session: Session,
  { hub, owner, slug }: InvitationLine,
): Promise<Pick<Joined, 'handle' | 'role'> | null> {
  const connector = connectorOf(session)
  const identity = connector.identity(session.env, hub)
  if (identity === null) return null
  const { handle } = identity
  try {
    const { members = [] } = await connector.connectAs(identity, hub, session).space(owner, slug)
    const isIn = handle === owner || members.some((member) => member.handle === handle)
    return isIn ? { handle, role: null } : null
  } catch (error) {
    if (!(error instanceof CoordError)) throw error
    // Who is not known is denied, and from an owner nothing is hidden but what is not made yet.
    return error.code === 'SPACE_HIDDEN' && handle === owner ? { handle, role: null } : null
  }
}

/** Where its owner comes first there is nothing to bring, and the space is made. */
async function pulled(session: Session, isOwner: boolean): Promise<number> {
  try {
    return (await pull(session, { all: true })).count
  } catch (error) {
    if (!isOwner || !(error instanceof CoordError) || error.code !== 'SPACE_HIDDEN') throw error
    await setVisibility(session, 'private')
    return 0
  }
}

/** Pins what the line says of the hub's certificate. A line that let nobody in leaves what was pinned before. */
async function underPin<Result>(
  { env }: Session,
  { hub, pin }: InvitationLine,
  work: () => Promise<Result>,
): Promise<Result> {
  const before = pinOf(env, hub)
  if (pin === null || pin === before) return work()
  writePins(env, [hub.host], pin)
  try {
    return await work()
  } catch (error) {
    writePins(env, [hub.host], before)
    throw error
  }
}

/** A store is in step with one space: what lies there of another would go into this one. */
function assertFree({ directory, env, storage }: Session, { hub, owner, slug }: InvitationLine): void {
  const repo = repoOrNull(directory, env, storage)
  const config = repo && readConfig(repo)
  if (repo === null || config === null) return
  const there = config.hubUrl ? parseHubUrl(config.hubUrl) : hub
  const space = `${config.owner ?? owner}/${config.slug ?? slug}`
  if (isSameHub(there, hub) && space === `${owner}/${slug}`) return
  throw coordError('JOINED_ELSEWHERE', configPath(repo), `${space} at ${there.base}`)
}

async function giveKey(session: Session, { hub }: InvitationLine, wanted: string | undefined): Promise<void> {
  const known = connectorOf(session).identity(session.env, hub)
  if (known === null) {
    keygen(session, { handle: handleFor(session, wanted), type: 'agent' })
    return
  }
  if (wanted === undefined || wanted === known.handle) return
  // One that the hub has never heard of was made for a name that is taken there.
  if (await isIdentityInForce(session)) throw coordError('IDENTITY_EXISTS', hub.host, known.handle)
  keygen(session, { handle: wanted, type: 'agent', force: true })
}

/** The name that this user would sign by: the one that is wanted, else the one of other hubs, else the user's own. */
export function handleFor(session: Session, wanted?: string): string {
  return wanted ?? knownIdentity(session)?.handle ?? userName()
}

/** What its owner calls this machine, as far as a hub takes it. */
function machineName(): string {
  return hostname()
    .replaceAll(/\p{Cc}/gu, '')
    .slice(0, 64)
}

/** As a name may be spelt. */
function userName(): string {
  const name = userInfo()
    .username.replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
  return isSpaceName(name) ? name : 'agent'
}
